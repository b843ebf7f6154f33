package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/scan"
	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// Visitor is a person who is signed in at the desk.
type Visitor struct {
	Person    uuid.UUID
	Name      string
	Organizer uuid.UUID
	Grants    role.Grants
}

const scansTag = "Scans"

// doorsJournal is where scans are written, by the arbiter: before it answers, and in no transaction of ours.
const doorsJournal = "the doors' journal"

// ScanRequest is a scan of a device.
type ScanRequest struct {
	ID         string    `json:"id" minLength:"8" maxLength:"64" pattern:"^[A-Za-z0-9_-]{8,64}$" doc:"Made by the device, new for each scan. Sent again with the same body it gives the same answer"`
	Venue      uuid.UUID `json:"venue" format:"uuid"`
	Checkpoint uuid.UUID `json:"checkpoint" format:"uuid"`
	Device     string    `json:"device" pattern:"^[a-z0-9-]{1,24}$" doc:"The device's name at this venue; it belongs to whoever used it first"`
	Code       string    `json:"code" maxLength:"1024" doc:"The text as it was read"`
	At         time.Time `json:"at,omitempty" doc:"The device's clock. It decides nothing"`
	Exit       bool      `json:"exit,omitempty" doc:"At a checkpoint that leads both ways: the person leaves"`
	Auto       *bool     `json:"auto,omitempty" doc:"The person counts as passed with the answer; true if missing"`
	Language   string    `json:"language,omitempty" maxLength:"35" doc:"Of text"`
}

// ScanAnswer is a verdict.
type ScanAnswer struct {
	Scan      string        `json:"scan"`
	ID        string        `json:"id"`
	Outcome   string        `json:"outcome" enum:"admit,refuse,ask" doc:"ask: refused, and a supervisor may overrule it"`
	Reason    string        `json:"reason" doc:"A word that never changes"`
	Text      string        `json:"text" doc:"One sentence for the controller"`
	DecidedBy string        `json:"decided_by" enum:"cloud,hub"`
	Passage   string        `json:"passage" enum:"passed,waiting,aborted,none"`
	Direction string        `json:"direction" enum:"in,out"`
	Drill     bool          `json:"drill,omitempty" doc:"The checkpoint practises: nothing was used"`
	Event     *ScanEvent    `json:"event,omitempty"`
	Kind      *ScanKind     `json:"kind,omitempty"`
	Seat      string        `json:"seat,omitempty"`
	Group     int           `json:"group" doc:"People that one use lets in"`
	Remaining int           `json:"remaining" doc:"How many more scans of this code would be admitted now"`
	Attention []string      `json:"attention,omitempty" doc:"What to look at"`
	Elsewhere *ScanPresence `json:"elsewhere,omitempty" doc:"Who has it"`
}

// ScanEvent names an event.
type ScanEvent struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// ScanKind names a kind of ticket.
type ScanKind struct {
	Number uint16 `json:"number"`
	Name   string `json:"name"`
}

// ScanPresence is where a right is, or was used.
type ScanPresence struct {
	Gate string     `json:"gate"`
	Lane int        `json:"lane,omitempty"`
	At   *time.Time `json:"at,omitempty"`
}

// ScanPath names a scan.
type ScanPath struct {
	Scan string `path:"scan" doc:"As the answer named it"`
}

// ScanPassage is how an admission ended.
type ScanPassage struct {
	Scan    string `json:"scan"`
	Passage string `json:"passage" enum:"passed,aborted"`
}

// ScanOverride is a supervisor's word.
type ScanOverride struct {
	ID       string `json:"id" minLength:"8" maxLength:"64" pattern:"^[A-Za-z0-9_-]{8,64}$"`
	Reason   string `json:"reason" minLength:"3" maxLength:"64"`
	Language string `json:"language,omitempty" maxLength:"35"`
}

func (s *server) scans() {
	do := func(o op) op {
		o.tag, o.scope, o.person = scansTag, account.ScansWrite, role.Scan
		o.books = doorsJournal
		return o
	}
	serveScan(s, do(op{method: http.MethodPost, path: "/scans", id: "scan", errors: []int{409, 503},
		summary: "Ask whether a code may pass, and let its person in"}), s.scanOne)
	serveScan(s, do(op{method: http.MethodPost, path: "/scans/{scan}/passed", id: "scan-passed", errors: []int{409, 503},
		summary: "Tell that the person of a scan without auto has passed"}),
		func(ctx context.Context, who scan.Caller, in *ScanPath) (ScanPassage, error) {
			return s.scanEnded(ctx, who, in, true)
		})
	serveScan(s, do(op{method: http.MethodPost, path: "/scans/{scan}/abort", id: "scan-abort", errors: []int{409, 503},
		summary: "Tell that the person of a scan without auto has not passed: the ticket is free again"}),
		func(ctx context.Context, who scan.Caller, in *ScanPath) (ScanPassage, error) {
			return s.scanEnded(ctx, who, in, false)
		})
	over := do(op{method: http.MethodPost, path: "/scans/{scan}/override", id: "scan-override", errors: []int{409, 503},
		summary: "Let in what was refused, on a supervisor's word"})
	over.scope, over.person = account.ScansOverride, role.ScanOverride
	serveScan(s, over, s.scanOverridden)
	serveScan(s, do(op{method: http.MethodGet, path: "/scans/doors", id: "list-scan-doors",
		summary: "List the checkpoints where the caller may scan"}), s.scanDoors)
	s.scanOffline(do)
	s.scanLists(do)
}

// serveScan registers an operation for keys and for people who are signed in.
func serveScan[I, T any](s *server, o op, do func(ctx context.Context, who scan.Caller, in *I) (T, error)) {
	serve(s, o, func(ctx context.Context, _ account.Key, in *I) (T, error) { return do(ctx, scanner(ctx), in) })
}

func scanner(ctx context.Context) scan.Caller {
	v, _ := ctx.Value(callerKey{}).(visit)
	return v.scanner
}

func (s *server) scanOne(ctx context.Context, who scan.Caller, in *struct{ Body ScanRequest }) (ScanAnswer, error) {
	r := in.Body
	k, err := s.Scans.Scan(ctx, who, scan.Scan{ID: r.ID, Venue: r.Venue, Checkpoint: r.Checkpoint.String(), Device: r.Device, Code: r.Code, Exit: r.Exit,
		Auto: r.Auto == nil || *r.Auto, Language: r.Language})
	if err != nil {
		return ScanAnswer{}, err
	}
	return showScan(k, r.Language), nil
}

func (s *server) scanEnded(ctx context.Context, who scan.Caller, in *ScanPath, passed bool) (ScanPassage, error) {
	id, err := admit.ParseScanID(in.Scan)
	if err != nil {
		return ScanPassage{}, scan.ErrNoScan
	}
	p, err := s.Scans.Passage(ctx, who, id, passed)
	return ScanPassage{Scan: in.Scan, Passage: string(p)}, err
}

func (s *server) scanOverridden(ctx context.Context, who scan.Caller, in *struct {
	ScanPath
	Body ScanOverride
}) (ScanAnswer, error) {
	id, err := admit.ParseScanID(in.Scan)
	if err != nil {
		return ScanAnswer{}, scan.ErrNoScan
	}
	k, err := s.Scans.Override(ctx, who, id, in.Body.ID, in.Body.Reason)
	if err != nil {
		return ScanAnswer{}, err
	}
	return showScan(k, in.Body.Language), nil
}

func showScan(k scan.Kept, language string) ScanAnswer {
	v, code := k.Answer.Verdict, k.Ask.Code
	out := ScanAnswer{Scan: k.Scan.String(), ID: k.Ask.ID, Outcome: outcomeOf(v), Reason: string(v.Reason), DecidedBy: k.Answer.By,
		Passage: string(k.Answer.Passage), Direction: "in", Drill: k.Answer.Drill, Group: 1, Remaining: k.Answer.Remaining, Attention: attention(v.Attention)}
	if k.Answer.Exit {
		out.Direction = "out"
	}
	if event := uuid.UUID(code.Event.Event); event != uuid.Nil {
		out.Event = &ScanEvent{event, code.Event.Name}
	}
	if code.Match == admit.Listed || code.Match == admit.SignedOnly {
		out.Kind, out.Seat, out.Group = &ScanKind{code.Entry.Kind, code.Kind.Name}, code.Seat, max(1, int(code.Entry.Group))
	}
	if v.Gate != "" {
		out.Elsewhere = &ScanPresence{Gate: v.Gate, Lane: v.Lane}
		if v.At > 0 {
			at := time.UnixMilli(v.At).UTC()
			out.Elsewhere.At = &at
		}
	}
	out.Text = sentence(locale.Match(language, k.Ask.Language), k)
	return out
}

func outcomeOf(v admit.Verdict) string {
	switch {
	case v.Admit:
		return "admit"
	case v.AskStaff:
		return "ask"
	}
	return "refuse"
}

var attentions = []struct {
	flag whitelist.Flags
	word string
}{{whitelist.CheckDocument, "check_document"}, {whitelist.Child, "child"}, {whitelist.Wheelchair, "wheelchair"}, {whitelist.VIP, "vip"},
	{whitelist.UpgradeOwed, "upgrade_owed"}}

func attention(flags whitelist.Flags) (out []string) {
	for _, a := range attentions {
		if flags&a.flag != 0 {
			out = append(out, a.word)
		}
	}
	return out
}

// sentence is what the controller reads.
func sentence(l locale.Locale, k scan.Kept) string {
	v := k.Answer.Verdict
	at := ""
	if v.At > 0 {
		at = l.Clock(time.UnixMilli(v.At).In(k.Zone()))
	}
	id := "verdict." + string(v.Reason)
	if v.Reason == admit.OK && k.Answer.Exit {
		id = "verdict.ok_exit"
	}
	text, err := l.Find(id, "Gate", v.Gate, "At", at, "Event", k.Ask.Code.Event.Name)
	if err != nil {
		return l.Text("verdict.strange", "Reason", string(v.Reason))
	}
	return text
}

// ScanDoors is where somebody may scan.
type ScanDoors struct {
	Person      string      `json:"person" doc:"Who is signed in; empty for a key"`
	CanOverride bool        `json:"can_override"`
	Venues      []ScanVenue `json:"venues"`
}

// ScanVenue is a venue with its doors.
type ScanVenue struct {
	ID          uuid.UUID        `json:"id"`
	Name        string           `json:"name"`
	TimeZone    string           `json:"time_zone"`
	Arbiter     string           `json:"arbiter" enum:"cloud,hub"`
	Events      []ScanVenueEvent `json:"events"`
	Checkpoints []ScanDoor       `json:"checkpoints"`
}

// ScanVenueEvent is an event whose tickets may come.
type ScanVenueEvent struct {
	ID       uuid.UUID `json:"id"`
	Name     string    `json:"name"`
	DoorsAt  time.Time `json:"doors_at"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
}

// ScanDoor is a checkpoint as a device must know it.
type ScanDoor struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Direction     string         `json:"direction" enum:"in,out,both"`
	Mode          string         `json:"mode" enum:"open,closed,drill,evacuation"`
	Policy        string         `json:"policy" enum:"strict,home,free"`
	BudgetMinutes int            `json:"budget_minutes"`
	BudgetEntries int            `json:"budget_entries"`
	Unlisted      string         `json:"unlisted" enum:"admit,ask,refuse"`
	Language      string         `json:"language"`
	Events        []uuid.UUID    `json:"events"`
	To            string         `json:"to,omitempty" doc:"The zone it leads to"`
	Kinds         []ScanDoorKind `json:"kinds,omitempty" doc:"Kinds it takes; missing = every kind"`
	Hours         []Hours        `json:"hours,omitempty" doc:"When it is open; missing = always"`
}

// ScanDoorKind names a kind of an event.
type ScanDoorKind struct {
	Event  uuid.UUID `json:"event"`
	Number uint16    `json:"number"`
}

func (s *server) scanDoors(ctx context.Context, who scan.Caller, _ *struct{}) (ScanDoors, error) {
	venues, err := s.Scans.Doors(ctx, who)
	if err != nil {
		return ScanDoors{}, err
	}
	out := ScanDoors{Person: who.Name, CanOverride: len(who.Override.Venues)+len(who.Override.Events) > 0 || who.Override.Everywhere, Venues: []ScanVenue{}}
	for _, v := range venues {
		out.Venues = append(out.Venues, showScanVenue(v))
	}
	return out, nil
}

func showScanVenue(v scan.VenueDoors) ScanVenue {
	out := ScanVenue{ID: v.ID, Name: v.Name, TimeZone: v.TimeZone, Arbiter: v.Arbiter, Events: []ScanVenueEvent{}, Checkpoints: []ScanDoor{}}
	for _, e := range v.Events {
		out.Events = append(out.Events, ScanVenueEvent{uuid.UUID(e.Event), e.Name, time.Unix(e.Doors, 0).UTC(), time.Unix(e.Start, 0).UTC(), time.Unix(e.End, 0).UTC()})
	}
	for _, c := range v.Checkpoints {
		d := ScanDoor{ID: c.ID, Name: c.Name, Direction: string(c.Direction), Mode: string(c.Mode), Policy: string(c.Policy), BudgetMinutes: c.Budget.Minutes,
			BudgetEntries: c.Budget.Entries, Unlisted: string(c.Unlisted), Language: c.Language, Events: []uuid.UUID{}, To: c.To}
		for _, k := range c.Kinds {
			d.Kinds = append(d.Kinds, ScanDoorKind{uuid.UUID(k.Event), k.Kind})
		}
		for _, h := range c.Hours {
			d.Hours = append(d.Hours, Hours{time.Unix(h.From, 0).UTC(), time.Unix(h.Until, 0).UTC()})
		}
		for _, e := range c.Events {
			d.Events = append(d.Events, uuid.UUID(e))
		}
		out.Checkpoints = append(out.Checkpoints, d)
	}
	return out
}

// keyOrPerson lets in a key with a scope, or a person who is signed in and may anywhere what is needed.
func (s *server) keyOrPerson(scope account.Scope, may role.Permission) func(huma.Context, func(huma.Context)) {
	byKey := s.onlyKey(scope)
	return func(ctx huma.Context, next func(huma.Context)) {
		if ctx.Header("Authorization") != "" || s.Visitor == nil {
			byKey(ctx, func(ctx huma.Context) { next(huma.WithValue(ctx, callerKey{}, withScanner(ctx.Context()))) })
			return
		}
		v, signedIn, err := s.Visitor(s.Scopes.accounts(ctx.Context()), cookieOf(ctx))
		switch {
		case err != nil:
			s.writeFault(ctx, err)
			return
		case !signedIn:
			s.writeFault(ctx, errNoCredentials.Say("Sign in, or send your API key as a bearer token."))
			return
		case !v.Grants.Anywhere(may):
			s.writeFault(ctx, errNoScope.Say("Your role does not reach here: it needs "+string(may)+"."))
			return
		}
		who := scan.Caller{Organizer: v.Organizer, Owner: "person " + v.Person.String(), Name: v.Name, Reach: v.Grants.Where(role.Scan),
			Override: v.Grants.Where(role.ScanOverride)}
		ctx = huma.WithContext(ctx, s.Scopes.tenant(ctx.Context(), v.Organizer))
		next(huma.WithValue(ctx, callerKey{}, visit{scanner: who, route: ctx.Method() + " " + ctx.URL().Path}))
	}
}

// withScanner is what a key is as a scanner.
func withScanner(ctx context.Context) visit {
	v, _ := ctx.Value(callerKey{}).(visit)
	v.scanner = scan.Caller{Organizer: v.key.Organizer, Owner: "key " + v.key.ID.String(), Reach: role.Reach{Everywhere: true},
		Override: role.Reach{Everywhere: v.key.May(account.ScansOverride)}}
	return v
}

// SessionCookies are the names that the desk's session cookie has, over HTTPS and without.
var SessionCookies = []string{"__Host-desk", "desk"}

func cookieOf(ctx huma.Context) string {
	for _, name := range SessionCookies {
		if c, err := huma.ReadCookie(ctx, name); err == nil && c.Value != "" {
			return c.Value
		}
	}
	return ""
}
