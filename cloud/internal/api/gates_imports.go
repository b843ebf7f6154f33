package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/gatehouse/foreign/sheet"
)

// Import is a file of another seller's codes and what became of it.
type Import struct {
	ID       uuid.UUID      `json:"id"`
	Issuer   string         `json:"issuer"`
	Mode     string         `json:"mode" enum:"add,replace,withdraw"`
	State    string         `json:"state" enum:"received,checking,planned,writing,done,failed,cancelled"`
	File     string         `json:"file"`
	Bytes    int64          `json:"bytes"`
	MadeAt   time.Time      `json:"made_at"`
	EndedAt  *time.Time     `json:"ended_at,omitempty"`
	Mapping  intake.Mapping `json:"mapping" doc:"How the file is written and what its columns hold, counted from 1; 0 = there is none"`
	Step     string         `json:"step,omitempty" doc:"What a worker does now: reading, comparing or writing"`
	Read     int            `json:"read" doc:"Lines read so far"`
	Lines    int            `json:"lines"`
	Imported int            `json:"imported" doc:"Lines that changed the list, or would"`
	Skipped  int            `json:"skipped"`
	Counts   map[string]int `json:"counts" doc:"Lines by what becomes of each: add, change, reinstate, withdraw, or the reason for skipping. missing = good codes that replacing withdraws"`
	Fault    string         `json:"fault,omitempty" doc:"Code of the problem that ended it"`
}

func showImport(i intake.Import) Import {
	shown := Import{
		ID: i.ID, Issuer: i.Issuer, Mode: string(i.Mode), State: string(i.State), File: i.File, Bytes: i.Bytes, MadeAt: i.MadeAt.UTC(),
		Mapping: i.Mapping, Step: i.Step, Read: i.LinesDone, Lines: i.Lines, Imported: i.Imported(), Skipped: i.Skipped(), Counts: i.Counts,
		Fault: i.Fault,
	}
	if !i.EndedAt.IsZero() {
		at := i.EndedAt.UTC()
		shown.EndedAt = &at
	}
	return shown
}

// ImportPath names an import.
type ImportPath struct {
	EventPath
	Import uuid.UUID `path:"import" format:"uuid"`
}

// FileInput is a file as it streams in; it is never whole in memory.
type FileInput struct {
	IssuerPath
	Mode string `query:"mode" enum:"add,replace,withdraw" default:"add" doc:"What the file says: these codes are good too; these and no others; these are good no more"`
	Name string `query:"name" maxLength:"200" doc:"The file's name, for people"`
	body io.Reader
}

// Resolve keeps the body for the operation.
func (in *FileInput) Resolve(ctx huma.Context) []error {
	_ = ctx.SetReadDeadline(time.Now().Add(patience)) // some have none
	in.body = ctx.BodyReader()
	return nil
}

// fileBody describes a body that is a file.
func fileBody() *huma.RequestBody {
	file := &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	return &huma.RequestBody{Required: true, Description: "CSV or TXT (UTF-8, UTF-16, Windows-1251 or 1252; comma, semicolon or tab) or XLSX. At most 50 MB and 1,000,000 lines.",
		Content: map[string]*huma.MediaType{"application/octet-stream": file, "text/csv": file, "text/plain": file,
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": file}}
}

// ImportOrder says how an import is to be carried out.
type ImportOrder struct {
	Mapping *intake.Mapping `json:"mapping,omitempty" doc:"Missing = as it was found or remembered"`
	Mode    string          `json:"mode,omitempty" enum:"add,replace,withdraw" doc:"Missing = as the file was sent"`
	DryRun  bool            `json:"dry_run,omitempty" doc:"Find out what would happen; change nothing"`
}

func (s *server) imports() {
	upload := op{method: http.MethodPost, path: "/events/{event}/issuers/{issuer}/imports", id: "create-import", slow: true, tag: gatesTag,
		scope: account.GatesWrite, status: http.StatusCreated, maxBody: sheet.MaxBytes, body: fileBody(),
		summary: "Send a file of another seller's codes. Nothing happens with it until it is started"}
	serve(s, upload, s.receiveFile)
	serve(s, op{method: http.MethodGet, path: "/events/{event}/imports", id: "list-event-imports", tag: gatesTag, scope: account.GatesRead,
		summary: "List the newest hundred files of an event"},
		func(ctx context.Context, who account.Key, in *EventPath) (page[Import], error) {
			scope := foreign.Scope{Organizer: who.Organizer, Event: in.Event}
			if _, err := s.Gates.Foreign.Issuers(ctx, scope); err != nil {
				return page[Import]{}, err
			}
			list, err := s.Gates.Intake.List(ctx, scope, "", 0, 100)
			return all(list, err, showImport)
		})
	serve(s, op{method: http.MethodGet, path: "/events/{event}/imports/{import}", id: "get-import", tag: gatesTag, scope: account.GatesRead,
		summary: "Read what became of a file"},
		func(ctx context.Context, who account.Key, in *ImportPath) (Import, error) {
			i, err := s.Gates.Intake.Get(ctx, foreign.Scope{Organizer: who.Organizer, Event: in.Event}, in.Import)
			return showImport(i), err
		})
	serve(s, op{method: http.MethodPost, path: "/events/{event}/imports/{import}/start", id: "start-import", tag: gatesTag,
		scope: account.GatesWrite, status: http.StatusAccepted, errors: []int{http.StatusConflict},
		summary: "Have a file carried out, or tried first"}, s.startImport)
	act(s, op{method: http.MethodPost, path: "/events/{event}/imports/{import}/cancel", id: "cancel-import", tag: gatesTag,
		scope: account.GatesWrite, errors: []int{http.StatusConflict}, summary: "Stop an import, also while it runs: nothing of it stays"},
		func(ctx context.Context, who account.Key, in *ImportPath) error {
			return s.Gates.Intake.Cancel(ctx, foreign.Scope{Organizer: who.Organizer, Event: in.Event}, in.Import)
		})
	s.importReports()
}

func (s *server) receiveFile(ctx context.Context, who account.Key, in *FileInput) (Import, error) {
	scope := foreign.Scope{Organizer: who.Organizer, Event: in.Event}
	if _, err := s.Gates.Foreign.Issuers(ctx, scope); err != nil {
		return Import{}, err // before anything is taken
	}
	file, err := spool(in.body)
	if err != nil {
		return Import{}, err
	}
	defer file.Close()
	i, err := s.Gates.Intake.Receive(ctx, scope, intake.Upload{
		Issuer: in.Issuer, Mode: intake.Mode(in.Mode), Name: in.Name, By: by(who), Body: file,
	})
	return showImport(i), err
}

// spool keeps a body in a temporary file that has no name: a slow sender must not hold a transaction open.
func spool(body io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "portaria-import-")
	if err != nil {
		return nil, fmt.Errorf("keep an uploaded file: %w", err)
	}
	_ = os.Remove(file.Name())
	n, err := io.Copy(file, io.LimitReader(body, sheet.MaxBytes+1))
	if err == nil && n > sheet.MaxBytes {
		err = intake.ErrTooLarge
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = intake.ErrTooLarge
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func (s *server) startImport(ctx context.Context, who account.Key, in *struct {
	ImportPath
	Body ImportOrder
}) (Import, error) {
	i, err := s.Gates.Intake.Get(ctx, foreign.Scope{Organizer: who.Organizer, Event: in.Event}, in.Import)
	if err != nil {
		return Import{}, err
	}
	if in.Body.Mapping != nil {
		i.Mapping = *in.Body.Mapping
	}
	if in.Body.Mode != "" {
		i.Mode = intake.Mode(in.Body.Mode)
	}
	if in.Body.DryRun {
		i, err = s.Gates.Intake.Plan(ctx, i)
	} else {
		i, err = s.Gates.Intake.Execute(ctx, i)
	}
	return showImport(i), err
}

// SkipsInput asks for a page of skipped lines.
type SkipsInput struct {
	ImportPath
	After int `query:"after" minimum:"0" doc:"The last line that is known"`
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
}

// CameInput asks for a page of a settlement.
type CameInput struct {
	IssuerPath
	After string `query:"after" maxLength:"512" doc:"The last code that is known"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
}

// Came is a code of another seller and who came with it.
type Came struct {
	Code    string     `json:"code"`
	State   string     `json:"state" enum:"good,withdrawn,blocked"`
	Kind    int        `json:"kind"`
	Seat    string     `json:"seat,omitempty"`
	First   *time.Time `json:"first_entry,omitempty"`
	Entries int        `json:"entries"`
}

func showCame(c intake.Came) Came {
	shown := Came{Code: c.Code, State: c.StateText(), Kind: c.Kind, Seat: c.Seat, Entries: c.Count}
	if !c.First.IsZero() {
		shown.First = &c.First
	}
	return shown
}

func (s *server) importReports() {
	serve(s, op{method: http.MethodGet, path: "/events/{event}/imports/{import}/skipped", id: "list-skipped-lines", tag: gatesTag,
		scope: account.GatesRead, summary: "Read which lines were skipped and why, in order"},
		func(ctx context.Context, who account.Key, in *SkipsInput) (page[foreign.Skip], error) {
			scope := foreign.Scope{Organizer: who.Organizer, Event: in.Event}
			if _, err := s.Gates.Intake.Get(ctx, scope, in.Import); err != nil {
				return page[foreign.Skip]{}, err
			}
			skips, err := s.Gates.Intake.Skips(ctx, scope, in.Import, in.After, in.Limit)
			return all(skips, err, func(x foreign.Skip) foreign.Skip { return x })
		})
	serve(s, op{method: http.MethodGet, path: "/events/{event}/issuers/{issuer}/settlement", id: "list-settlement", tag: gatesTag,
		scope: account.GatesRead, summary: "Compare a seller's list with who came, in the order of codes"},
		func(ctx context.Context, who account.Key, in *CameInput) (page[Came], error) {
			rows, err := s.Gates.Intake.Settlement(ctx, foreign.Scope{Organizer: who.Organizer, Event: in.Event}, in.Issuer, in.After, in.Limit)
			return all(rows, err, showCame)
		})
}
