package e2e

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"portaria/bolt"
	"portaria/deploy/privatepg"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/scanner-sim/e2e/reckon"
)

// readDisks reads the journals of gates and hub from their files; every program must have stopped.
func (h *house) readDisks(e *reckon.Evidence) error {
	e.HubName = h.HubName
	e.Memory, e.Strict = map[string]gate.Memory{}, map[string]bool{}
	for i, g := range h.Gates {
		path := filepath.Join(h.State(g.Name), "journal.db")
		e.Strict[g.Name] = h.policy(i) == "strict"
		e.Single = h.opt.Policy == "strict" || h.opt.Policy == "home"
		err := errors.Join(readJournal(path, "events", &e.Gates), bolt.Look(path, "memory", func(key, value []byte) error {
			if string(key) != "memory" {
				return nil // the journal's own marks
			}
			var m gate.Memory
			err := json.Unmarshal(value, &m)
			e.Memory[g.Name] = m
			return err
		}))
		if err != nil {
			return err
		}
	}
	path := filepath.Join(h.State("hub"), "journal.db")
	return errors.Join(readPieces(path, &e.Hub), bolt.Look(path, "marks", func(_, value []byte) error {
		var m venue.Mark
		err := json.Unmarshal(value, &m)
		e.HubMarks = append(e.HubMarks, m)
		return err
	}))
}

func readJournal(path, bucket string, into *[]reckon.Line) error {
	return bolt.Look(path, bucket, func(_, value []byte) error {
		line, err := reckon.ReadLine(value)
		*into = append(*into, line)
		return err
	})
}

// readPieces reads the hub's journal, whose values are arrays of records.
func readPieces(path string, into *[]reckon.Line) error {
	return bolt.Look(path, "journal", func(_, value []byte) error {
		var piece []json.RawMessage
		if err := json.Unmarshal(value, &piece); err != nil {
			return err
		}
		for _, raw := range piece {
			line, err := reckon.ReadLine(raw)
			if err != nil {
				return err
			}
			*into = append(*into, line)
		}
		return nil
	})
}

// readDatabase reads what the cloud holds.
func (h *house) readDatabase(ctx context.Context, e *reckon.Evidence) error {
	bodies, err := privatepg.Rows[struct {
		Gate string          `json:"gate_id"`
		Run  wire.Run        `json:"run"`
		Seq  uint64          `json:"seq"`
		Body json.RawMessage `json:"body"`
	}](ctx, h.postgres, "portaria", "SELECT gate_id, run, seq, body FROM entry_events ORDER BY gate_id, run, seq")
	if err != nil {
		return err
	}
	for _, b := range bodies {
		line, err := reckon.ReadLine(b.Body)
		if err != nil {
			return err
		}
		if line.Gate != b.Gate || line.Run != b.Run || line.Seq != b.Seq {
			return fmt.Errorf("the cloud keeps record %s under %s %s %d", line.ID(), b.Gate, b.Run, b.Seq)
		}
		e.Cloud = append(e.Cloud, line)
	}
	if e.CloudMarks, err = privatepg.Rows[reckon.CloudMark](ctx, h.postgres, "portaria", "SELECT gate_id, run, seq FROM watermarks"); err != nil {
		return err
	}
	aside, err := privatepg.Rows[struct{}](ctx, h.postgres, "portaria", "SELECT seq FROM quarantine")
	if err != nil {
		return err
	}
	e.SetAside = len(aside)
	return h.readRefs(ctx, e)
}

func (h *house) readRefs(ctx context.Context, e *reckon.Evidence) error {
	entries, err := privatepg.Rows[struct {
		Code string `json:"code"`
		Ref  string `json:"ref"`
	}](ctx, h.postgres, "portaria", "SELECT code, ref FROM list_entries WHERE namespace <> ''")
	if err != nil {
		return err
	}
	e.Refs = map[string]whitelist.Ref{}
	for _, entry := range entries {
		raw, err := hex.DecodeString(strings.TrimPrefix(entry.Ref, `\x`))
		if err != nil || len(raw) != whitelist.RefLen {
			return fmt.Errorf("the right of code %s is %q", entry.Code, entry.Ref)
		}
		e.Refs[entry.Code] = whitelist.Ref(raw)
	}
	return nil
}

// hubStatus is the part of the hub's status that is read here.
type hubStatus struct {
	Ready    bool     `json:"ready"`
	Term     uint64   `json:"term"`
	Waiting  []string `json:"waiting"`
	Recovery *struct {
		Rival uint64 `json:"rival"`
	} `json:"recovery"`
	Cloud struct {
		Connected bool `json:"connected"`
		Pending   int  `json:"pending"`
	} `json:"cloud"`
	Incidents []struct {
		Kind  string   `json:"kind"`
		Scans []string `json:"scans"`
	} `json:"incidents"`
}

func (h *house) hubStatus(ctx context.Context) (s hubStatus, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.Hub.HTTP+"/status", nil)
	if err != nil {
		return s, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return s, fmt.Errorf("read the hub's status: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	return s, json.NewDecoder(response.Body).Decode(&s)
}

// rival is the term of a hub that has taken over, as this one has heard.
func (s hubStatus) rival() uint64 {
	if s.Recovery == nil {
		return 0
	}
	return s.Recovery.Rival
}

// conflicts is what the hub shows of tickets that let in too many.
func (s hubStatus) conflicts() (out [][]string) {
	for _, i := range s.Incidents {
		if i.Kind == string(venue.Conflict) {
			out = append(out, i.Scans)
		}
	}
	return out
}

// cloudConflicts is what the organizer is shown. A page may be empty before the last.
func (h *house) cloudConflicts(ctx context.Context) (out [][]string, err error) {
	path := "/events/" + h.event + "/conflicts?limit=200"
	for next := "first"; next != ""; {
		var page struct {
			Items []struct {
				Entries []struct {
					Scan string `json:"scan"`
				} `json:"entries"`
			} `json:"items"`
			Next string `json:"next"`
		}
		if err := h.api.Get(ctx, path, &page); err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			var scans []string
			for _, entry := range item.Entries {
				scans = append(scans, entry.Scan)
			}
			out = append(out, scans)
		}
		next = page.Next
		path = "/events/" + h.event + "/conflicts?limit=200&after=" + next
	}
	return out, nil
}
