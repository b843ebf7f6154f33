package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/ingest"
)

// Entry is one record of a gate's journal.
type Entry struct {
	Venue      uuid.UUID  `json:"venue"`
	Hub        string     `json:"hub" doc:"Which hub brought it"`
	Gate       string     `json:"gate"`
	Run        string     `json:"run" doc:"One life of the gate's process"`
	Seq        uint64     `json:"seq" doc:"Counted within the run, without gaps. Venue, gate, run and seq are its id."`
	Event      *uuid.UUID `json:"event,omitempty"`
	Type       string     `json:"type" doc:"admission, leaving, outcome, refusal or note"`
	Reason     string     `json:"reason,omitempty" doc:"Why it was admitted or refused"`
	History    string     `json:"history,omitempty" doc:"What it adds to its ticket's history: entry, passed, abort, unknown, forced or exit"`
	Kind       uint16     `json:"kind" doc:"The number of the offer in its event"`
	Ref        string     `json:"ref,omitempty" doc:"The right to enter, the same for every reprint of a ticket"`
	Scan       string     `json:"scan,omitempty" doc:"The scan it is about"`
	At         time.Time  `json:"at" doc:"By the gate's clock"`
	Lane       int        `json:"lane,omitempty"`
	Checkpoint string     `json:"checkpoint,omitempty"`
	Text       string     `json:"text,omitempty" doc:"Of unknown codes, cut to 64 characters, and of notes"`
	ReceivedAt time.Time  `json:"received_at" doc:"When the cloud had it"`
}

func showEntry(r ingest.Record) Entry {
	return Entry{
		Venue: r.Venue, Hub: r.Hub, Gate: r.Gate, Run: r.Run, Seq: r.Seq, Event: r.Event, Type: r.Type, Reason: r.Reason,
		History: r.History, Kind: r.Kind, Ref: hex.EncodeToString(r.Ref), Scan: hex.EncodeToString(r.Scan), At: shownTime(r.At),
		Lane: r.Lane, Checkpoint: r.Checkpoint, Text: r.Text, ReceivedAt: r.ReceivedAt.UTC(),
	}
}

// shownTime is a gate's time as JSON can say it: a wild clock must not spoil the page.
func shownTime(t time.Time) time.Time {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

// EntriesInput chooses entries.
type EntriesInput struct {
	Paging
	Event string    `query:"event" format:"uuid" doc:"Only this event's"`
	Gate  string    `query:"gate" maxLength:"32"`
	Type  string    `query:"type" enum:"admission,leaving,outcome,refusal,note"`
	Since time.Time `query:"since" doc:"By the gate's clock"`
}

// EntrySummary adds up what happened at the doors.
type EntrySummary struct {
	Admitted   int            `json:"admitted" doc:"Scans let in: admissions and forced passages, less those where nobody passed"`
	Refused    int            `json:"refused"`
	Left       int            `json:"left" doc:"Scans out"`
	Aborted    int            `json:"aborted" doc:"Admissions where nobody passed"`
	Forced     int            `json:"forced" doc:"Of those, where somebody passed after all"`
	Admissions map[string]int `json:"admissions" doc:"Admissions by reason"`
	Refusals   map[string]int `json:"refusals" doc:"Refusals by reason"`
}

func (s *server) entries() {
	const tag = "Entries"
	serve(s, op{method: http.MethodGet, path: "/entries", id: "list-entries", tag: tag, scope: account.GatesRead,
		summary: "List what gates recorded, in the order it came in. Going on from next misses nothing; keep the last next and ask again for what is new"},
		s.listEntries)
	serve(s, op{method: http.MethodGet, path: "/entries/summary", id: "sum-entries", tag: tag, scope: account.GatesRead,
		summary: "Count all that gates recorded, unknown codes too"},
		func(ctx context.Context, who account.Key, in *struct {
			Since time.Time `query:"since" doc:"By the gate's clock"`
		}) (EntrySummary, error) {
			return s.sumEntries(ctx, who, nil, in.Since)
		})
	serve(s, op{method: http.MethodGet, path: "/events/{event}/entries/summary", id: "sum-event-entries", tag: tag,
		scope: account.GatesRead, summary: "Count what gates recorded of an event's tickets"},
		func(ctx context.Context, who account.Key, in *EventPath) (EntrySummary, error) {
			if _, err := s.Catalog.Event(ctx, who.Organizer, in.Event); err != nil {
				return EntrySummary{}, err
			}
			return s.sumEntries(ctx, who, &in.Event, time.Time{})
		})
}

func (s *server) listEntries(ctx context.Context, who account.Key, in *EntriesInput) (page[Entry], error) {
	f := ingest.Filter{Gate: in.Gate, Type: in.Type, Since: in.Since, Limit: in.Limit}
	var err error
	if f.After, err = place(in.After); err != nil {
		return page[Entry]{}, err
	}
	if in.Event != "" {
		event, err := identify("event", in.Event)
		if err != nil {
			return page[Entry]{}, err
		}
		f.Event = &event
	}
	records, err := s.Gates.Entries.Records(ctx, who.Organizer, f)
	if err != nil {
		return page[Entry]{}, err
	}
	shown := paged(records, in.Limit, showEntry, cursor)
	shown.Next = in.After // a reader goes on from here when there is more
	if len(records) > 0 {
		shown.Next = cursor(records[len(records)-1])
	}
	return shown, nil
}

func cursor(r ingest.Record) string {
	return strconv.FormatInt(r.Place.Tx, 10) + "." + strconv.FormatInt(r.Place.Position, 10)
}

func place(text string) (p ingest.Place, err error) {
	if text == "" {
		return p, nil
	}
	tx, position, _ := strings.Cut(text, ".")
	if p.Tx, err = strconv.ParseInt(tx, 10, 64); err == nil {
		p.Position, err = strconv.ParseInt(position, 10, 64)
	}
	if err != nil {
		return ingest.Place{}, fault.On("after", "Give after as the page before gave next.")
	}
	return p, nil
}

func (s *server) sumEntries(ctx context.Context, who account.Key, event *uuid.UUID, since time.Time) (EntrySummary, error) {
	counts, err := s.Gates.Entries.Counts(ctx, who.Organizer, event, since)
	sum := ingest.Sum(counts)
	return EntrySummary{
		Admitted: sum.Admitted, Refused: sum.Refused, Left: sum.Left, Aborted: sum.Aborted, Forced: sum.Forced,
		Admissions: sum.Admits, Refusals: sum.Reasons,
	}, err
}
