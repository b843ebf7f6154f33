package postgres

// rule says who may touch a table's rows. A table without a rule, and with a column organizer_id, is own.
type rule struct {
	// tenant is the condition under which a row is the organizer's. "" = the organizer has no part in the table.
	tenant string
	shop   bool // buyers' requests read and write it, of all organizers
	people bool // signing in, staff and API keys read and write it, of all organizers
}

const (
	ours = "organizer_id = (SELECT app_organizer())"
	// anybody is for tables that tell nothing of anybody.
	anybody = "true"
)

// of is a row that belongs to a row of another table, which row-level security shows to its organizer only.
func of(table, column, key string) string {
	return "EXISTS (SELECT 1 FROM " + table + " AS whole WHERE whole." + key + " = " + column + ")"
}

// own is a table whose rows name their organizer.
var own = rule{tenant: ours}

// rules are the tables whose rows do not name their organizer, or that others than the organizer touch.
var rules = map[string]rule{
	// accounts
	"organizers":       {tenant: "id = (SELECT app_organizer())", shop: true, people: true},
	"api_keys":         {tenant: ours, people: true},
	"idempotency_keys": {tenant: "tenant = (SELECT app_organizer())", people: true},
	"people":           {people: true},
	"recovery_codes":   {people: true},
	"passkeys":         {people: true},
	"sessions":         {people: true},
	"devices":          {people: true},
	"tokens":           {people: true},
	"login_failures":   {people: true},
	"role_grants":      {people: true},
	"invitations":      {people: true},
	"audit":            {tenant: ours, people: true},
	"audit_heads":      {tenant: ours, people: true},
	"audit_addresses":  {tenant: ours, people: true},
	"mails":            {tenant: anybody, shop: true, people: true},
	"saved_views":      {tenant: ours, people: true},

	// the platform
	"platform_operators": {people: true},
	"suspensions":        {tenant: ours, shop: true, people: true}, // a trigger keeps the first two from writing

	// catalogue and sale
	"venues":         {tenant: ours, shop: true, people: true},
	"events":         {tenant: ours, shop: true, people: true},
	"series":         {tenant: ours, shop: true},
	"offers":         {tenant: ours, shop: true},
	"offer_prices":   {tenant: of("offers", "offer_id", "id"), shop: true},
	"event_stock":    {tenant: of("events", "event_id", "id"), shop: true},
	"offer_stock":    {tenant: of("offers", "offer_id", "id"), shop: true},
	"orders":         {tenant: ours, shop: true},
	"order_lines":    {tenant: of("orders", "order_id", "id"), shop: true},
	"order_events":   {tenant: of("orders", "order_id", "id"), shop: true},
	"holds":          {tenant: of("orders", "order_id", "id"), shop: true},
	"tickets":        {tenant: ours, shop: true},
	"payments":       {tenant: ours, shop: true},
	"payments_open":  {tenant: of("orders", "order_id", "id"), shop: true},
	"payment_events": {tenant: of("payments", "payment_id", "id"), shop: true},
	"refunds":        {tenant: ours, shop: true},
	"refunds_due":    {tenant: of("refunds", "refund_id", "id"), shop: true},
	"refund_tickets": {tenant: of("refunds", "refund_id", "id"), shop: true},
	"refund_events":  {tenant: of("refunds", "refund_id", "id"), shop: true},
	"list_entries":   {tenant: ours, shop: true},
	"organizer_keys": {tenant: ours, shop: true}, // sealed; a sale mints tickets
	"list_secrets":   {tenant: ours, shop: true},
	"signing_keys":   {tenant: ours, shop: true},
	"list_marks":     {tenant: anybody, shop: true}, // ids of what changed
	"venue_marks":    {tenant: anybody, shop: true},
	"lists":          {tenant: ours, shop: true},

	// gates
	"manifests":        {tenant: of("lists", "event_id", "event_id")},
	"blobs":            {tenant: of("events", "scope_id", "id") + " OR " + of("venues", "scope_id", "id")},
	"checkpoint_hours": {tenant: of("checkpoints", "checkpoint_id", "id")},
	"gate_lanes":       {tenant: of("venues", "venue_id", "id")},
	"hub_gates":        {tenant: of("hubs", "hub_id", "id")},
	"hub_disks":        {tenant: of("hubs", "hub_id", "id")},
	"hub_invitations":  {tenant: of("hubs", "hub_id", "id")},
	"hub_rolls":        {tenant: of("venues", "venue_id", "id")},
	"stolen_gates":     {tenant: of("venues", "venue_id", "id")},
	"arbiter_gates":    {tenant: of("venues", "venue_id", "id")},
	"arbiter_grants":   {tenant: of("venues", "venue_id", "id")},
	"watermarks":       {tenant: of("venues", "venue_id", "id")},

	// jobs: the queue behind them is the program's
	"river_job":          {},
	"river_leader":       {},
	"river_queue":        {},
	"river_notification": {},

	// the cloud's own
	"cloud_identity":   {},
	"goose_db_version": {},
	"guard_version":    {},
	"attendance_due":   {},
}
