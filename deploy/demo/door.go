package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"portaria/deploy/demo/process"
	"portaria/edge/admit"
	"portaria/scanner-sim/device"
)

// answerLimit is how long a person waits at a lane before the demo calls it broken. A gate answers in milliseconds.
const answerLimit = 15 * time.Second

// gateStatus is the part of a gate's own status that the demo reads: what the controller sees, as JSON.
type gateStatus struct {
	Gate string `json:"gate"`
	Hub  struct {
		Up    bool `json:"up"`
		Cloud bool `json:"cloud"`
		Ready bool `json:"ready"`
	} `json:"hub"`
	Journal int `json:"journal"` // records that the cloud has not confirmed
	Lists   []struct {
		Event string `json:"event"`
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
		Epoch uint64 `json:"epoch"`
		Count int    `json:"count"`
	} `json:"lists"`
	Lanes []laneStatus `json:"lanes"`
}

type laneStatus struct {
	Lane    int    `json:"lane"`
	Name    string `json:"name"`
	Mode    string `json:"mode"`
	Scanner string `json:"scanner"`
	In      int    `json:"in"`
	Refused int    `json:"refused"`
	Last    []struct {
		Scan    admit.ScanID `json:"scan"`
		Admit   bool         `json:"admit"`
		Reason  admit.Reason `json:"reason"`
		Offline bool         `json:"offline"`
	} `json:"last"` // newest first
}

// door is a lane of a real gate: its virtual scanner, and the gate's own status.
type door struct {
	gate    string
	address string // of the gate's status
	scanner *device.Scanner
}

func (d *door) status(ctx context.Context) (s gateStatus, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.address, nil)
	if err != nil {
		return s, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return s, fmt.Errorf("read the status of %s: %w", d.gate, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return s, fmt.Errorf("read the status of %s: %s", d.gate, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(&s); err != nil {
		return s, fmt.Errorf("understand the status of %s: %w", d.gate, err)
	}
	if len(s.Lanes) != 1 {
		return s, fmt.Errorf("%s has %d lanes, not one", d.gate, len(s.Lanes))
	}
	return s, nil
}

// show has the virtual scanner type a code.
func (d *door) show(ctx context.Context, code string) (answer, error) {
	return d.scan(ctx, func(ctx context.Context) error { return d.scanner.Scan(ctx, code) })
}

// scan holds something under the scanner and waits until the screen shows a scan that it did not show before.
func (d *door) scan(ctx context.Context, hold func(context.Context) error) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	before, err := d.newest(ctx)
	if err != nil {
		return answer{}, err
	}
	if err := hold(ctx); err != nil {
		return answer{}, err
	}
	var got answer
	err = process.Until(ctx, "an answer of "+d.gate, func() (err error) {
		if got, err = d.newest(ctx); err == nil && got.Scan == before.Scan {
			err = fmt.Errorf("its screen still shows the person before")
		}
		return err
	})
	return got, err
}

// newest is what the screen shows now; the zero answer when nobody has come yet.
func (d *door) newest(ctx context.Context) (answer, error) {
	s, err := d.status(ctx)
	if err != nil || len(s.Lanes[0].Last) == 0 {
		return answer{}, err
	}
	last := s.Lanes[0].Last[0]
	return answer{Scan: last.Scan, Gate: d.gate, Admitted: last.Admit, Reason: last.Reason, Offline: last.Offline}, nil
}
