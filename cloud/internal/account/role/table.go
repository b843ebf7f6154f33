package role

// Permission is one thing that may be done. Names are "what.how"; see never changes anything.
type Permission string

// Permissions.
const (
	DeskSee         Permission = "desk.see"         // the desk's first page
	EventsSee       Permission = "events.see"       // events, series, offers
	EventsEdit      Permission = "events.edit"      // make and change them
	SaleSwitch      Permission = "sale.switch"      // start, stop, cancel a sale
	PricesEdit      Permission = "prices.edit"      // offers' prices, quotas, promo codes
	VenuesSee       Permission = "venues.see"       // venues, zones
	VenuesEdit      Permission = "venues.edit"      // make and change them
	GatesSee        Permission = "gates.see"        // checkpoints, hours, controllers, hubs
	GatesEdit       Permission = "gates.edit"       // change them
	ControllersEdit Permission = "controllers.edit" // controllers, their shifts and badges
	ImportsEdit     Permission = "imports.edit"     // other sellers' codes
	LiveSee         Permission = "live.see"         // people coming in
	Scan            Permission = "scan.do"          // the phone page of controllers
	ScanOverride    Permission = "scan.override"    // decide where the gate asks a supervisor
	OrdersSee       Permission = "orders.see"       // orders, tickets
	OrdersEdit      Permission = "orders.edit"      // change, cancel, send again
	RefundsMake     Permission = "refunds.make"     // money goes back
	CustomersSee    Permission = "customers.see"    // personal data of buyers
	PrivacyEdit     Permission = "privacy.edit"     // export and erase a person, retention
	ReportsSee      Permission = "reports.see"      // sales, entries
	DocumentsSee    Permission = "documents.see"    // borderô, notes, closings
	MoneyEdit       Permission = "money.edit"       // fees, settlement, ways to pay
	PointsSee       Permission = "points.see"       // all points of sale
	PointsEdit      Permission = "points.edit"      // make, close them
	BoxSell         Permission = "box.sell"         // sell at a point
	QueueEdit       Permission = "queue.edit"       // the waiting room
	OffersEdit      Permission = "campaigns.edit"   // personal offers, segments
	ResellersEdit   Permission = "resellers.edit"   // blocks, received tickets
	PeopleSee       Permission = "people.see"       // who works here
	PeopleEdit      Permission = "people.edit"      // invite, give and take roles
	KeysEdit        Permission = "keys.edit"        // API keys, webhooks
	SettingsEdit    Permission = "settings.edit"    // the organizer itself
	AuditSee        Permission = "audit.see"        // who did what
)

// Permissions are all there are.
func Permissions() []Permission {
	return []Permission{
		DeskSee, EventsSee, EventsEdit, SaleSwitch, PricesEdit, VenuesSee, VenuesEdit, GatesSee, GatesEdit,
		ControllersEdit, ImportsEdit, LiveSee, Scan, ScanOverride, OrdersSee, OrdersEdit, RefundsMake, CustomersSee,
		PrivacyEdit, ReportsSee, DocumentsSee, MoneyEdit, PointsSee, PointsEdit, BoxSell, QueueEdit, OffersEdit,
		ResellersEdit, PeopleSee, PeopleEdit, KeysEdit, SettingsEdit, AuditSee,
	}
}

// seeing is what an auditor may: look at everything, change nothing.
func seeing() []Permission {
	return []Permission{
		DeskSee, EventsSee, VenuesSee, GatesSee, LiveSee, OrdersSee, ReportsSee, DocumentsSee, PointsSee, PeopleSee,
		AuditSee,
	}
}

// table is the one place that says which role may what. The platform's operator has none of it: who works for the
// platform sees an organizer's desk only as somebody whom the organizer has invited.
var table = map[Role][]Permission{
	Platform: {},
	Owner:    Permissions(),
	Manager: {
		DeskSee, EventsSee, EventsEdit, SaleSwitch, PricesEdit, VenuesSee, VenuesEdit, GatesSee, GatesEdit,
		ControllersEdit, ImportsEdit, LiveSee, Scan, ScanOverride, OrdersSee, OrdersEdit, RefundsMake, CustomersSee,
		ReportsSee, DocumentsSee, PointsSee, PointsEdit, BoxSell, QueueEdit, OffersEdit, ResellersEdit, PeopleSee,
		AuditSee,
	},
	Finance: {
		DeskSee, EventsSee, VenuesSee, OrdersSee, RefundsMake, CustomersSee, ReportsSee, DocumentsSee, MoneyEdit,
		PointsSee, ResellersEdit, AuditSee,
	},
	EventEditor: {
		DeskSee, EventsSee, EventsEdit, SaleSwitch, PricesEdit, VenuesSee, GatesSee, LiveSee, OffersEdit,
	},
	BoxSupervisor:  {DeskSee, EventsSee, VenuesSee, OrdersSee, OrdersEdit, RefundsMake, ReportsSee, PointsSee, PointsEdit, BoxSell},
	BoxOperator:    {DeskSee, EventsSee, BoxSell},
	VenueManager:   {DeskSee, EventsSee, VenuesSee, VenuesEdit, GatesSee, GatesEdit, ControllersEdit, ImportsEdit, LiveSee, Scan, ScanOverride},
	GateSupervisor: {DeskSee, EventsSee, GatesSee, ControllersEdit, LiveSee, Scan, ScanOverride},
	Controller:     {DeskSee, Scan},
	Support:        {DeskSee, EventsSee, VenuesSee, OrdersSee, OrdersEdit, RefundsMake, CustomersSee},
	Partner:        {DeskSee, EventsSee, ReportsSee, ImportsEdit},
	Auditor:        seeing(),
}
