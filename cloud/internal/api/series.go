package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/dates"
)

// Series is dates that belong together.
type Series struct {
	ID      uuid.UUID `json:"id"`
	Version int       `json:"version" doc:"Rises with every edit"`
	SeriesDraft
	CreatedAt time.Time `json:"created_at"`
}

// SeriesDraft makes a series.
type SeriesDraft struct {
	Name        string       `json:"name" minLength:"1" maxLength:"200"`
	Kind        catalog.Kind `json:"kind" enum:"tour,festival,sessions"`
	Description string       `json:"description,omitempty" maxLength:"20000"`
}

// SeriesEdit changes what it names.
type SeriesEdit struct {
	Name        *string       `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Kind        *catalog.Kind `json:"kind,omitempty" enum:"tour,festival,sessions"`
	Description *string       `json:"description,omitempty" maxLength:"20000"`
}

func (d SeriesEdit) change(x *catalog.Series) {
	put(&x.Name, d.Name)
	put(&x.Kind, d.Kind)
	put(&x.Description, d.Description)
}

func showSeries(x catalog.Series) Series {
	return Series{ID: x.ID, Version: x.Version, CreatedAt: x.CreatedAt.UTC(), SeriesDraft: SeriesDraft{x.Name, x.Kind, x.Description}}
}

// SeriesPath names a series.
type SeriesPath struct {
	Series uuid.UUID `path:"series" format:"uuid"`
}

// RepertoireQuery chooses dates; what is missing chooses all.
type RepertoireQuery struct {
	Paging
	Venue  string `query:"venue" maxLength:"36" doc:"Its id"`
	Series string `query:"series" maxLength:"36" doc:"Its id"`
	State  string `query:"state" maxLength:"10" doc:"draft, on_sale, stopped or cancelled"`
	From   string `query:"from" maxLength:"40" doc:"RFC 3339: starts then or later"`
	Until  string `query:"until" maxLength:"40" doc:"RFC 3339: starts before"`
	Name   string `query:"name" maxLength:"200" doc:"A part of the name"`
}

func (q RepertoireQuery) filter() (f catalog.Filter, err error) {
	f = catalog.Filter{State: catalog.State(q.State), Name: q.Name, Limit: q.Limit}
	for field, x := range map[string]struct {
		text string
		to   *uuid.UUID
	}{"venue": {q.Venue, &f.Venue}, "series": {q.Series, &f.Series}} {
		if x.text != "" {
			if *x.to, err = identify(field, x.text); err != nil {
				return f, err
			}
		}
	}
	for field, x := range map[string]struct {
		text string
		to   *time.Time
	}{"from": {q.From, &f.StartsFrom}, "until": {q.Until, &f.StartsTill}} {
		at, err := optionalTime(field, &x.text)
		if err != nil {
			return f, err
		}
		*x.to = *at
	}
	f.After, err = repertoireCursor(q.After)
	return f, err
}

func (s *server) series() {
	const tag = "Catalogue"
	serve(s, op{method: http.MethodGet, path: "/repertoire", id: "list-repertoire", tag: tag, scope: account.CatalogRead,
		summary: "List events by start, by venue, series, state and time"}, s.listRepertoire)
	create(s, op{path: "/series", id: "create-series", tag: tag, scope: account.CatalogWrite, summary: "Make a series"},
		func(ctx context.Context, who account.Key, in *Post[SeriesDraft]) (Series, error) {
			x, err := s.Catalog.CreateSeries(ctx, catalog.Series{
				Organizer: who.Organizer, Name: in.Body.Name, Kind: in.Body.Kind, Description: in.Body.Description,
			})
			return showSeries(x), err
		})
	serve(s, op{method: http.MethodGet, path: "/series", id: "list-series", tag: tag, scope: account.CatalogRead, summary: "List series"},
		func(ctx context.Context, who account.Key, in *Paging) (page[Series], error) {
			after, err := in.start()
			if err != nil {
				return page[Series]{}, err
			}
			found, err := s.Catalog.AllSeries(ctx, who.Organizer, after, in.Limit)
			return paged(found, in.Limit, showSeries, func(x catalog.Series) string { return x.ID.String() }), err
		})
	serve(s, op{method: http.MethodGet, path: "/series/{series}", id: "get-series", tag: tag, scope: account.CatalogRead, summary: "Read a series"},
		func(ctx context.Context, who account.Key, in *SeriesPath) (Series, error) {
			x, err := s.Catalog.Series(ctx, who.Organizer, in.Series)
			return showSeries(x), err
		})
	serve(s, op{method: http.MethodPatch, path: "/series/{series}", id: "edit-series", tag: tag, scope: account.CatalogWrite,
		summary: "Change a series", errors: []int{http.StatusConflict}},
		func(ctx context.Context, who account.Key, in *struct {
			SeriesPath
			Body SeriesEdit
		}) (Series, error) {
			x, err := s.Catalog.EditSeries(ctx, who.Organizer, in.Series, 0, in.Body.change)
			return showSeries(x), err
		})
	create(s, op{path: "/series/{series}/dates", id: "create-dates", tag: tag, scope: account.CatalogWrite, maxBody: 2 << 20,
		summary: "Make dates of a series, by a list or a weekly rule, or only say what would be made"}, s.makeDates)
	create(s, op{path: "/events/{event}/copies", id: "copy-event", tag: tag, scope: account.CatalogWrite, maxBody: 2 << 20,
		summary: "Copy an event with its offers to other dates, or only say what would be made"}, s.copyEvent)
}

func (s *server) listRepertoire(ctx context.Context, who account.Key, in *RepertoireQuery) (page[Event], error) {
	f, err := in.filter()
	if err != nil {
		return page[Event]{}, err
	}
	found, err := s.Catalog.Repertoire(ctx, who.Organizer, f)
	return paged(found, in.Limit, showEvent, func(e catalog.Event) string {
		return strconv.FormatInt(e.Start.UnixMicro(), 10) + "." + e.ID.String()
	}), err
}

// When is dates by a list, or by a weekly rule.
type When struct {
	Lines   []string `json:"lines,omitempty" maxItems:"1001" doc:"2026-12-05 20:00; venue; name: venue and name may be left out, and there may be several times"`
	Rule    *Rule    `json:"rule,omitempty" doc:"Instead of lines"`
	Preview bool     `json:"preview,omitempty" doc:"Make nothing, and say what would be made"`
}

// Rule is dates on weekdays between two days.
type Rule struct {
	From     string   `json:"from" example:"2026-12-01"`
	Until    string   `json:"until" example:"2026-12-31"`
	Weekdays []int    `json:"weekdays" maxItems:"7" doc:"0 = Sunday"`
	Times    []string `json:"times" maxItems:"24" example:"20:00" doc:"In the venue's time zone; several = several sessions a day"`
	Except   []string `json:"except,omitempty" maxItems:"366" doc:"Days without"`
}

func (w When) wants() ([]dates.Want, error) {
	if w.Rule == nil {
		return dates.Read(strings.Join(w.Lines, "\n"))
	}
	var p dates.Pattern
	var err error
	if p.From, err = day("rule.from", w.Rule.From); err != nil {
		return nil, err
	}
	if p.Until, err = day("rule.until", w.Rule.Until); err != nil {
		return nil, err
	}
	for _, text := range w.Rule.Except {
		d, err := day("rule.except", text)
		if err != nil {
			return nil, err
		}
		p.Except = append(p.Except, d)
	}
	for _, n := range w.Rule.Weekdays {
		p.Weekdays = append(p.Weekdays, time.Weekday(n))
	}
	clocks, _ := dates.ReadClocks(strings.Join(w.Rule.Times, ",")) // none is said by the pattern
	p.Clocks = clocks
	return p.Wants()
}

// DatesDraft makes dates of a series.
type DatesDraft struct {
	When
	EventTexts
	VenueID     uuid.UUID    `json:"venue_id,omitempty" doc:"For lines that name none"`
	DoorsBefore int          `json:"doors_before" minimum:"0" maximum:"2880" doc:"Minutes before the start"`
	Length      int          `json:"length" minimum:"1" maximum:"44640" doc:"Minutes"`
	Currency    string       `json:"currency" pattern:"^[A-Z]{3}$" example:"BRL"`
	Capacity    int          `json:"capacity" minimum:"1" maximum:"1000000"`
	Offers      []OfferDraft `json:"offers,omitempty" maxItems:"50" doc:"Of every date"`
}

// CopyDraft copies an event.
type CopyDraft struct {
	When
	SeriesID *string `json:"series_id,omitempty" maxLength:"36" doc:"Missing: the event's own; empty = none"`
}

// DateMade is what became of one line.
type DateMade struct {
	Line    int             `json:"line,omitempty" doc:"From 1"`
	Start   *time.Time      `json:"start,omitempty"`
	VenueID *uuid.UUID      `json:"venue_id,omitempty"`
	Problem catalog.Problem `json:"problem,omitempty" doc:"Why it is not made"`
	Note    catalog.Problem `json:"note,omitempty" doc:"Something to know of it"`
	EventID *uuid.UUID      `json:"event_id,omitempty" doc:"Of the event that was made"`
}

// DatesMade is what became of all lines.
type DatesMade struct {
	Good  int        `json:"good" doc:"Dates that are made, or would be"`
	Lines []DateMade `json:"lines"`
}

func (s *server) makeDates(ctx context.Context, who account.Key, in *struct {
	SeriesPath
	Post[DatesDraft]
}) (DatesMade, error) {
	if _, err := s.Catalog.Series(ctx, who.Organizer, in.Series); err != nil {
		return DatesMade{}, err
	}
	d := in.Body
	e := catalog.Event{Organizer: who.Organizer, Series: in.Series, Venue: d.VenueID, Currency: d.Currency, Capacity: d.Capacity}
	d.put(&e)
	t := catalog.Template{Event: e, DoorsBefore: time.Duration(d.DoorsBefore) * time.Minute, Length: time.Duration(d.Length) * time.Minute}
	for _, draft := range d.Offers {
		o, err := draft.offer(who.Organizer, uuid.Nil)
		if err != nil {
			return DatesMade{}, err
		}
		t.Offers = append(t.Offers, o)
	}
	return s.carryDates(ctx, t, d.When)
}

func (s *server) copyEvent(ctx context.Context, who account.Key, in *struct {
	EventPath
	Post[CopyDraft]
}) (DatesMade, error) {
	t, err := s.Catalog.TemplateOf(ctx, who.Organizer, in.Event)
	if err != nil {
		return DatesMade{}, err
	}
	series, err := optionalID("series_id", in.Body.SeriesID)
	if err != nil {
		return DatesMade{}, err
	}
	put(&t.Event.Series, series)
	return s.carryDates(ctx, t, in.Body.When)
}

func (s *server) carryDates(ctx context.Context, t catalog.Template, w When) (out DatesMade, err error) {
	wants, err := w.wants()
	if err != nil {
		return out, err
	}
	plan, err := s.Catalog.Plan(ctx, t, wants, s.Now(), func(uuid.UUID) bool { return true })
	if err != nil {
		return out, err
	}
	var made []catalog.Event
	if !w.Preview {
		if made, err = s.Catalog.MakeDates(ctx, t, plan); err != nil {
			return out, err
		}
	}
	out.Good, out.Lines = len(plan.Good()), make([]DateMade, len(plan))
	for i, x := range plan {
		line := DateMade{Line: x.Want.Line, Problem: x.Problem, Note: x.Note}
		if x.Problem == "" {
			start := x.Event.Start.UTC()
			line.Start, line.VenueID = &start, &x.Venue.ID
			if len(made) > 0 {
				line.EventID, made = &made[0].ID, made[1:]
			}
		}
		out.Lines[i] = line
	}
	return out, nil
}
