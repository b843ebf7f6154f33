package privacy

import "portaria/cloud/internal/account/role"

// Ground is why the law lets something be kept. LGPD (Law 13.709/2018) art. 7 and GDPR art. 6.
type Ground string

// Grounds.
const (
	Contract   Ground = "contract"   // LGPD art. 7 V, GDPR art. 6 (1) b: what was bought, work that is done
	Duty       Ground = "duty"       // LGPD art. 7 II, GDPR art. 6 (1) c: books, logs that the law asks for
	Legitimate Ground = "legitimate" // LGPD art. 7 IX, GDPR art. 6 (1) f: safety of accounts and doors
)

// Purpose is one use of personal data, with every column that serves it. A page tells it in words: its texts are
// privacy.purpose.<ID> and privacy.erased.<ID>.
type Purpose struct {
	ID      string
	Ground  Ground
	Rule    string            // of retention, where the organizer chooses; else privacy.kept.<ID> says how long
	Seen    []role.Permission // whose holders see it; none = nobody but the program
	Columns []string          // table.column
}

// Inventory is every column of the database that holds something of people. A test compares it with the database itself:
// a column with text is here, or in NotPersonal, or the build fails.
func Inventory() []Purpose {
	return []Purpose{
		{ID: "buyers", Ground: Contract, Rule: Buyers, Seen: []role.Permission{role.CustomersSee}, Columns: []string{
			"orders.buyer_name", "orders.buyer_email", "orders.language", "orders.secret"}},
		{ID: "tickets", Ground: Contract, Seen: []role.Permission{role.OrdersSee}, Columns: []string{
			"tickets.number", "tickets.code", "tickets.ref", "list_entries.code", "list_entries.ref"}},
		{ID: "books", Ground: Duty, Seen: []role.Permission{role.OrdersSee}, Columns: []string{
			"order_events.who", "order_events.why", "payments.provider_ref", "payments.redirect_url", "payment_events.note",
			"refunds.reason", "refunds.who", "refund_events.note"}},
		{ID: "entries", Ground: Legitimate, Rule: Entries, Seen: []role.Permission{role.LiveSee}, Columns: []string{
			"entry_events.scan", "entry_events.ref", "entry_events.body", "quarantine.why", "quarantine.body",
			"attendance_arrivals.ref", "attendance_arrivals.after", "attendance_doubts.ref", "attendance_loose.scan", "incident_marks.key",
			"incident_marks.note", "scans.scan", "scans.ask", "scans.answer", "scan_devices.owner"}},
		{ID: "mails", Ground: Contract, Columns: []string{"mails.letter", "mails.fault"}},
		{ID: "accounts", Ground: Contract, Seen: []role.Permission{role.PeopleSee}, Columns: []string{
			"people.email", "people.name", "people.language", "people.password", "people.totp", "recovery_codes.hash", "passkeys.name",
			"passkeys.credential", "passkeys.record", "role_grants.role", "platform_operators.made_by"}},
		{ID: "sessions", Ground: Legitimate, Columns: []string{
			"sessions.hash", "sessions.agent", "sessions.address", "devices.hash", "tokens.hash", "tokens.kind", "tokens.content", "login_failures.key"}},
		{ID: "invitations", Ground: Legitimate, Rule: Invitations, Seen: []role.Permission{role.PeopleSee}, Columns: []string{
			"invitations.email", "invitations.language", "invitations.role", "invitations.hash"}},
		{ID: "controllers", Ground: Contract, Rule: Controllers, Seen: []role.Permission{role.ControllersEdit, role.GatesSee}, Columns: []string{
			"controllers.name", "controllers.badge", "controllers.pin_salt", "controllers.pin_hash", "attendance.which"}},
		{ID: "audit", Ground: Duty, Seen: []role.Permission{role.AuditSee}, Columns: []string{
			"audit.who", "audit.what", "audit.subject", "audit.detail", "audit.address", "audit.prev", "audit.hash"}},
		{ID: "addresses", Ground: Duty, Rule: Addresses, Seen: []role.Permission{role.AuditSee}, Columns: []string{
			"audit_addresses.salt", "audit_addresses.address"}},
		{ID: "work", Ground: Contract, Seen: []role.Permission{role.DeskSee}, Columns: []string{
			"saved_views.name", "saved_views.query", "imports.made_by", "event_changes.made_by", "jobs.made_by", "incident_marks.by_name"}},
		{ID: "answers", Ground: Contract, Columns: []string{"idempotency_keys.answer", "idempotency_keys.key"}},
		{ID: "requests", Ground: Duty, Seen: []role.Permission{role.PrivacyEdit}, Columns: []string{
			"privacy_requests.email", "privacy_requests.made_by", "privacy_files.content"}},
	}
}

// NotPersonal are the columns with text or bytes that say nothing of people, by table; "*" = all of a table. What a
// person types into a name of a thing (an event, a door) is theirs to keep free of people.
func NotPersonal() map[string][]string {
	return map[string][]string{
		"organizers":       {"name", "language"},
		"api_keys":         {"name", "hash", "scopes"},
		"idempotency_keys": {"route", "body_hash"},
		"audit_heads":      {"hash"},
		"jobs":             {"kind", "state", "subject", "step", "kept", "result", "fault"},
		"privacy_requests": {"source", "wish", "state", "result", "held"},
		"retention_rules":  {"rule"},
		"suspensions":      {"*"},
		"saved_views":      {"page"},

		"venues": {"*"}, "zones": {"*"}, "events": {"*"}, "offers": {"*"}, "event_seats": {"*"}, "series": {"*"}, "event_changes": {"lines"},
		"orders":         {"state", "channel", "currency"},
		"order_events":   {"what"},
		"tickets":        {"state"},
		"payments":       {"provider", "currency"},
		"payment_events": {"kind"},
		"refunds":        {"currency"},
		"refund_events":  {"kind"},

		"list_entries": {"namespace"}, "list_secrets": {"*"}, "signing_keys": {"*"}, "organizer_keys": {"*"}, "manifests": {"*"},
		"blobs": {"*"}, "venue_manifests": {"*"},
		"checkpoints": {"*"}, "door_templates": {"*"}, "checkpoint_dates": {"*"}, "shifts": {"*"}, "controllers": {"checkpoints"}, "gates": {"*"}, "gate_lanes": {"*"},
		"hubs": {"*"}, "hub_gates": {"*"}, "hub_disks": {"*"}, "hub_invitations": {"*"}, "hub_rolls": {"*"}, "stolen_gates": {"*"}, "secret_changes": {"*"}, // machines
		"entry_events": {"gate_id", "run", "hub_id", "type", "record", "reason", "checkpoint"},
		"quarantine":   {"gate_id", "run", "hub_id"},
		"watermarks":   {"*"},
		"arbiters":     {"*"}, "arbiter_gates": {"*"}, "arbiter_grants": {"*"}, "scan_devices": {"id"}, "scans": {"device", "request"},
		"attendance": {"gate_id", "checkpoint", "came_from", "went_to", "what"}, "attendance_arrivals": {"door"},
		"attendance_loose": {"gate_id", "run"}, "attendance_due": {"*"},
		"issuers": {"*"}, "import_reports": {"*"}, "import_skips": {"*"}, "import_files": {"*"}, "import_mappings": {"*"}, // codes of other sellers, not of people
		"imports": {"issuer", "mode", "state", "file_name", "mapping", "step", "counts", "fault"},

		"cloud_identity": {"*"}, "guard_version": {"*"},
		"river_job": {"*"}, "river_leader": {"*"}, "river_queue": {"*"}, "river_notification": {"*"}, // ids of jobs only
	}
}
