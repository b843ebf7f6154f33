package api

import (
	"context"
	"mime"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/edge/whitelist"
)

// Issuer is another seller of an event.
type Issuer struct {
	Name      string    `json:"name" minLength:"1" maxLength:"64"`
	Kind      uint16    `json:"kind" maximum:"4093" doc:"The number of the offer its tickets count as"`
	Normalise Normalise `json:"normalise,omitempty" doc:"How its printed text becomes its code, at the import as at the gate. It stays as it is."`
	Pretix    [][]byte  `json:"pretix,omitempty" maxItems:"16" doc:"Public keys of its pretix event, where its tickets are signed (pretix_sig1)"`
}

// Normalise says what in a printed text does not count.
type Normalise struct {
	Upper      bool `json:"upper,omitempty" doc:"Small letters are capital ones"`
	KeepSpaces bool `json:"keep_spaces,omitempty" doc:"Inner spaces and dashes count"`
	DropZeros  bool `json:"drop_zeros,omitempty" doc:"Leading zeros do not count"`
}

func showIssuer(i whitelist.Issuer) Issuer {
	shown := Issuer{Name: i.Name, Kind: i.Kind, Normalise: Normalise(i.Normalise)}
	for _, key := range i.Pretix {
		shown.Pretix = append(shown.Pretix, key)
	}
	return shown
}

func (i Issuer) issuer() whitelist.Issuer {
	out := whitelist.Issuer{Name: i.Name, Kind: i.Kind, Normalise: whitelist.Normalise(i.Normalise)}
	for _, key := range i.Pretix {
		out.Pretix = append(out.Pretix, key)
	}
	return out
}

// ImportReport is what an import did.
type ImportReport struct {
	ID       uuid.UUID      `json:"id"`
	Issuer   string         `json:"issuer"`
	MadeAt   time.Time      `json:"made_at"`
	Lines    int            `json:"lines"`
	Imported int            `json:"imported"`
	Skips    int            `json:"skips" doc:"Lines that were not imported"`
	Skipped  []foreign.Skip `json:"skipped" doc:"The first thousand of them, with the reason: empty, too_long, bad_characters, more_than_one_column, duplicate_in_file, known_already, or collides (a gate would read it as another listed ticket too)"`
}

func showReport(r foreign.Report) ImportReport {
	if r.Skipped == nil {
		r.Skipped = []foreign.Skip{}
	}
	return ImportReport{
		ID: r.ID, Issuer: r.Issuer, MadeAt: r.MadeAt.UTC(), Lines: r.Lines, Imported: r.Imported, Skips: r.Skips, Skipped: r.Skipped,
	}
}

// IssuerPath names an issuer of an event.
type IssuerPath struct {
	EventPath
	Issuer string `path:"issuer" maxLength:"200"`
}

// CodesInput is a file of codes.
type CodesInput struct {
	IssuerPath
	ContentType string `header:"Content-Type"`
	RawBody     []byte `contentType:"text/csv"`
}

func (s *server) issuers() {
	create(s, op{path: "/events/{event}/issuers", id: "create-issuer", tag: gatesTag, scope: account.GatesWrite,
		summary: "Let another seller's tickets in at an event"},
		func(ctx context.Context, who account.Key, in *struct {
			EventPath
			Post[Issuer]
		}) (Issuer, error) {
			issuer := in.Body.issuer()
			err := s.Gates.Foreign.AddIssuer(ctx, foreign.Scope{Organizer: who.Organizer, Event: in.Event}, issuer)
			return showIssuer(issuer), err
		})
	serve(s, op{method: http.MethodGet, path: "/events/{event}/issuers", id: "list-issuers", tag: gatesTag,
		scope: account.GatesRead, summary: "List an event's other sellers"},
		func(ctx context.Context, who account.Key, in *EventPath) (page[Issuer], error) {
			issuers, err := s.Gates.Foreign.Issuers(ctx, foreign.Scope{Organizer: who.Organizer, Event: in.Event})
			return all(issuers, err, showIssuer)
		})
	serve(s, op{method: http.MethodPost, path: "/events/{event}/issuers/{issuer}/codes", id: "import-codes", tag: gatesTag,
		scope: account.GatesWrite, maxBody: foreign.MaxBytes,
		summary: "Import another seller's codes: text/csv with one a line, or a JSON array. Sending a file again is harmless"},
		s.importCodes)
	serve(s, op{method: http.MethodGet, path: "/events/{event}/issuers/{issuer}/imports", id: "list-imports", tag: gatesTag,
		scope: account.GatesRead, summary: "Read what the newest hundred imports did"},
		func(ctx context.Context, who account.Key, in *IssuerPath) (page[ImportReport], error) {
			reports, err := s.Gates.Foreign.Reports(ctx, foreign.Scope{Organizer: who.Organizer, Event: in.Event}, in.Issuer)
			return all(reports, err, showReport)
		})
}

func (s *server) importCodes(ctx context.Context, who account.Key, in *CodesInput) (ImportReport, error) {
	lines, err := in.lines()
	if err != nil {
		return ImportReport{}, err
	}
	report, err := s.Gates.Foreign.Import(ctx, foreign.Scope{Organizer: who.Organizer, Event: in.Event}, in.Issuer, lines)
	return showReport(report), err
}

func (in *CodesInput) lines() ([]foreign.Line, error) {
	kind, _, _ := mime.ParseMediaType(in.ContentType)
	switch kind {
	case "application/json":
		return foreign.ParseJSON(in.RawBody)
	case "text/csv", "text/plain":
		return foreign.ParseCSV(in.RawBody)
	}
	return nil, fault.On("Content-Type", "Send the codes as text/csv or application/json.")
}
