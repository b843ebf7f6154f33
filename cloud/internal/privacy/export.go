package privacy

import (
	"archive/zip"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"time"

	"portaria/cloud/internal/jobs"
)

// BeginExport has everything of a person packed by a job. ErrNotNow.
func (s *Service) BeginExport(ctx context.Context, r Request, by string) error {
	return s.begin(ctx, r, Export, JobExport, by)
}

// ExportWork is the work of packing.
func (s *Service) ExportWork(ctx context.Context, r *jobs.Run) error {
	q, gone, err := s.taken(ctx, r)
	if err != nil || gone {
		return err
	}
	p, err := s.Trail.Find(ctx, q.Organizer, q.Email, q.Held)
	if err != nil {
		return err
	}
	now := s.Now()
	file, err := Pack(p, now)
	if err != nil {
		return err
	}
	result := map[string]int64{"orders": int64(len(p.Orders)), "bytes": int64(len(file))}
	if err := r.Came(result); err != nil {
		return err
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := s.Files.KeepFile(ctx, q, file, now.Add(fileLife)); err != nil {
			return err
		}
		q.State, q.Ended, q.Result = Done, now, result
		return s.Requests.Move(ctx, q)
	})
}

//go:embed person.html
var personPage string

var page = template.Must(template.New("person").Funcs(template.FuncMap{
	"money": func(minor int64, currency string) string {
		return fmt.Sprintf("%d.%02d %s", minor/100, minor%100, currency)
	},
	"at": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
}).Parse(personPage))

// Pack is a ZIP of everything: for programs as JSON, for people as a page.
func Pack(p Person, now time.Time) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	raw, err := json.MarshalIndent(struct {
		Made time.Time `json:"made_at"`
		Person
	}{now.UTC().Truncate(time.Second), p}, "", "  ")
	if err == nil {
		err = put(z, "person.json", now, raw)
	}
	var html bytes.Buffer
	if err == nil {
		err = page.Execute(&html, map[string]any{"P": p, "Made": now})
	}
	if err == nil {
		err = put(z, "person.html", now, html.Bytes())
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("pack a person's data: %w", err)
	}
	return out.Bytes(), nil
}

func put(z *zip.Writer, name string, now time.Time, content []byte) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: now})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}
