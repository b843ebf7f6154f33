package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"portaria/cloud/internal/scan"
	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// maxUpload is more than 200 records have.
const maxUpload = 1 << 20

// OfflineUpload is what a device decided alone.
type OfflineUpload struct {
	Venue   uuid.UUID       `json:"venue" format:"uuid"`
	Device  string          `json:"device" pattern:"^[a-z0-9-]{1,24}$"`
	Run     string          `json:"run" pattern:"^[0-9a-f]{8}$" doc:"Made at random each time the device begins an empty queue"`
	Records []OfflineRecord `json:"records" minItems:"1" maxItems:"200"`
}

// OfflineRecord is one scan that a device judged by itself. What is wrong with one is said in its result.
type OfflineRecord struct {
	Seq        uint64           `json:"seq" minimum:"1" maximum:"1000000000" doc:"Counted within the run from 1, without gaps"`
	ID         string           `json:"id" maxLength:"200" doc:"Of the scan that got no answer, or a new one"`
	Checkpoint string           `json:"checkpoint" maxLength:"64"`
	Code       string           `json:"code" maxLength:"8192"`
	At         time.Time        `json:"at" doc:"The device's clock"`
	Exit       bool             `json:"exit,omitempty"`
	Decided    string           `json:"decided" enum:"admit,refuse,none" doc:"none: nobody was answered, as when the page was closed; only with asked"`
	Asked      bool             `json:"asked,omitempty" doc:"This id was asked about first, and no answer was heard. Where the guest was not let in, an admission that the answer would have told of is taken back"`
	Reason     string           `json:"reason,omitempty" maxLength:"64"`
	Passage    string           `json:"passage,omitempty" enum:"passed,aborted,unknown" doc:"Passed if missing"`
	Override   *OfflineOverride `json:"override,omitempty"`
}

// OfflineOverride is a supervisor's word that a device took.
type OfflineOverride struct {
	Supervisor string `json:"supervisor,omitempty" maxLength:"64"`
	Reason     string `json:"reason" maxLength:"64"`
}

// OfflineAnswer tells what became of each record.
type OfflineAnswer struct {
	Held    uint64          `json:"held" doc:"Everything up to it is kept: the device may forget it"`
	Records []OfflineResult `json:"records"`
}

// OfflineResult is what became of one record.
type OfflineResult struct {
	Seq    uint64 `json:"seq"`
	Result string `json:"result" enum:"stored,known,gap,refused"`
	Scan   string `json:"scan,omitempty"`
	Double bool   `json:"double,omitempty" doc:"The ticket has let in more people than it may"`
	Open   bool   `json:"open,omitempty" doc:"The arbiter was not reached to take an unheard admission back: upload this record again, later"`
	Why    string `json:"why,omitempty"`
}

func (s *server) scanOffline(do func(op) op) {
	serveScan(s, do(op{method: http.MethodPost, path: "/scans/offline", id: "upload-scans", maxBody: maxUpload, errors: []int{409, 413, 503},
		summary: "Bring what a device decided alone; it is never refused because a ticket was used"}),
		func(ctx context.Context, who scan.Caller, in *struct{ Body OfflineUpload }) (OfflineAnswer, error) {
			held, out, err := s.Scans.Offline(ctx, who, in.Body.upload())
			answer := OfflineAnswer{Held: held, Records: []OfflineResult{}}
			for _, o := range out {
				r := OfflineResult{Seq: o.Seq, Result: string(o.Result), Double: o.Double, Open: o.Open, Why: o.Why}
				if o.Scan != (admit.ScanID{}) {
					r.Scan = o.Scan.String()
				}
				answer.Records = append(answer.Records, r)
			}
			return answer, err
		})
}

func (u OfflineUpload) upload() scan.Upload {
	out := scan.Upload{Venue: u.Venue, Device: u.Device, Run: u.Run}
	for _, r := range u.Records {
		a := scan.Alone{Seq: r.Seq, ID: r.ID, Checkpoint: r.Checkpoint, Code: r.Code, At: r.At, Exit: r.Exit, Admitted: r.Decided == "admit", Reason: r.Reason,
			Asked: r.Asked || r.Decided == "none", Unanswered: r.Decided == "none",
			Passage: wicket.Passage(r.Passage)}
		if r.Override != nil {
			a.Override = &wire.Override{Supervisor: r.Override.Supervisor, Reason: r.Override.Reason}
		}
		out.Records = append(out.Records, a)
	}
	return out
}

// ScanLists are the lists that a device keeps for when it is alone.
type ScanLists struct {
	Venue  uuid.UUID       `json:"venue"`
	Events []ScanEventList `json:"events"`
}

// ScanEventList is one event's.
type ScanEventList struct {
	Event     uuid.UUID        `json:"event"`
	Name      string           `json:"name"`
	DoorsAt   time.Time        `json:"doors_at"`
	StartsAt  time.Time        `json:"starts_at"`
	EndsAt    time.Time        `json:"ends_at"`
	Epoch     uint64           `json:"epoch"`
	GoodUntil time.Time        `json:"good_until"`
	Count     uint32           `json:"count"`
	Secret    string           `json:"secret" doc:"32 bytes as base64url without padding. Import it as a key that can't be exported"`
	Kinds     []ScanListKind   `json:"kinds"`
	Issuers   []ScanListIssuer `json:"issuers"`
}

// ScanListKind is a kind of ticket as a device judges it.
type ScanListKind struct {
	Number       int        `json:"number"`
	Name         string     `json:"name"`
	Use          string     `json:"use" enum:"single,daily,reentry"`
	Uses         int        `json:"uses"`
	ReentryAfter int        `json:"reentry_after" doc:"Minutes"`
	ValidFrom    *time.Time `json:"valid_from"`
	ValidUntil   *time.Time `json:"valid_until"`
	Zones        []string   `json:"zones"`
	Attention    []string   `json:"attention"`
}

// ScanListIssuer is another seller, with how its codes are read.
type ScanListIssuer struct {
	Name       string `json:"name"`
	Upper      bool   `json:"upper"`
	KeepSpaces bool   `json:"keep_spaces"`
	DropZeros  bool   `json:"drop_zeros"`
}

func (s *server) scanLists(do func(op) op) {
	serveScan(s, do(op{method: http.MethodGet, path: "/scans/venues/{venue}/lists", id: "list-scan-lists",
		summary: "Say which lists a device keeps at a venue for when it is alone"}),
		func(ctx context.Context, who scan.Caller, in *struct {
			Venue uuid.UUID `path:"venue" format:"uuid"`
		}) (ScanLists, error) {
			events, err := s.Scans.Lists(ctx, who, in.Venue)
			out := ScanLists{Venue: in.Venue, Events: []ScanEventList{}}
			for _, e := range events {
				out.Events = append(out.Events, showScanList(e))
			}
			return out, err
		})
	s.scanListBytes(do(op{method: http.MethodGet, path: "/scans/venues/{venue}/lists/{event}", id: "read-scan-list",
		summary: "Read an event's list for devices, whole or what changed since an epoch; docs/scan-api.md has the bytes"}))
}

func showScanList(e scan.PhoneEvent) ScanEventList {
	out := ScanEventList{Event: uuid.UUID(e.Event), Name: e.Name, DoorsAt: time.Unix(e.Doors, 0).UTC(), StartsAt: time.Unix(e.Start, 0).UTC(),
		EndsAt: time.Unix(e.End, 0).UTC(), Epoch: e.Manifest.Epoch, GoodUntil: e.Manifest.GoodUntil.UTC(), Count: e.Manifest.Count,
		Secret: base64.RawURLEncoding.EncodeToString(e.Secret[:]), Kinds: []ScanListKind{}, Issuers: []ScanListIssuer{}}
	for i, k := range e.Rules.Kinds {
		out.Kinds = append(out.Kinds, showListKind(i, k))
	}
	for _, i := range e.Rules.Issuers {
		out.Issuers = append(out.Issuers, ScanListIssuer{i.Name, i.Normalise.Upper, i.Normalise.KeepSpaces, i.Normalise.DropZeros})
	}
	return out
}

func showListKind(number int, k whitelist.Kind) ScanListKind {
	terms := admit.TermsOf(k, whitelist.Entry{})
	out := ScanListKind{Number: number, Name: k.Name, Use: string(terms.Use), Uses: terms.Uses, ReentryAfter: k.ReentryAfter, Zones: k.Zones,
		ValidFrom: orNever(k.ValidFrom), ValidUntil: orNever(k.ValidUntil), Attention: attention(k.Flags)}
	if out.Zones == nil {
		out.Zones = []string{}
	}
	if out.Attention == nil {
		out.Attention = []string{}
	}
	return out
}

func orNever(unix int64) *time.Time {
	if unix == 0 {
		return nil
	}
	t := time.Unix(unix, 0).UTC()
	return &t
}

type rawList struct {
	ContentType string `header:"Content-Type"`
	ETag        string `header:"ETag"`
	Body        []byte
}

func (s *server) scanListBytes(o op) {
	d := o.describe(s)
	d.Responses = map[string]*huma.Response{"200": {Description: "The list", Content: map[string]*huma.MediaType{"application/octet-stream": {}}}}
	huma.Register(s.API, d, func(ctx context.Context, in *struct {
		Venue uuid.UUID `path:"venue" format:"uuid"`
		Event uuid.UUID `path:"event" format:"uuid"`
		From  string    `query:"from" pattern:"^[0-9]{1,16}$" doc:"The epoch that the device has"`
	}) (*rawList, error) {
		from, err := strconv.ParseUint("0"+in.From, 10, 64)
		if err != nil {
			from = 0
		}
		raw, tag, err := s.Scans.PhoneList(ctx, scanner(ctx), in.Venue, in.Event, from)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		etag := `"` + tag + `"`
		if none := asked(ctx).ifNoneMatch; none != "" && matches(none, etag, false) {
			return nil, unchanged(etag)
		}
		return &rawList{ContentType: "application/octet-stream", ETag: etag, Body: raw}, nil
	})
}
