package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"portaria/edge/admit"
	"portaria/scanner-sim/device"
)

// GateStatus is the part of a gate's own status that a visitor reads: what the controller sees, as JSON.
type GateStatus struct {
	Gate string `json:"gate"`
	Run  string `json:"run"`
	Hub  struct {
		Up    bool `json:"up"`
		Cloud bool `json:"cloud"`
		Ready bool `json:"ready"`
		Homes bool `json:"homes"`
	} `json:"hub"`
	Journal int `json:"journal"` // records that the cloud has not confirmed
	Lists   []struct {
		Event string `json:"event"`
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
		Epoch uint64 `json:"epoch"`
		Count int    `json:"count"`
	} `json:"lists"`
	Lanes []LaneStatus `json:"lanes"`
}

// LaneStatus is a gate's only lane.
type LaneStatus struct {
	Lane       int     `json:"lane"`
	Name       string  `json:"name"`
	Mode       string  `json:"mode"`
	Scanner    string  `json:"scanner"`
	Controller string  `json:"controller"` // on duty; empty = nobody
	In         int     `json:"in"`
	Refused    int     `json:"refused"`
	Last       []Shown `json:"last"` // newest first
}

// Shown is a verdict as the screen said it.
type Shown struct {
	Scan    admit.ScanID `json:"scan"`
	Admit   bool         `json:"admit"`
	Reason  admit.Reason `json:"reason"`
	Offline bool         `json:"offline"`
	Where   string       `json:"used_gate"` // where it was used, or must go
}

// Door is the lane of a real gate: its virtual scanner, and the gate's own pages.
type Door struct {
	Gate    string
	Panel   string // http://host:port
	Scanner *device.Scanner
}

// Plug makes a gate's virtual scanner, which other programs may type into as well until ctx ends.
func (s *Site) Plug(ctx context.Context, g Gate) (*Door, error) {
	link := s.Scanner(g)
	listener, err := device.Listen(link)
	if err != nil {
		return nil, err
	}
	// No pace: on a busy computer a paced code may pause in its middle for so long that a gate takes it for two.
	scanner, err := device.Open(device.Options{Link: link, Prefix: "]Q1"})
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	go func() { _ = scanner.Serve(ctx, listener) }() // ends with ctx; what it could not type it told its client
	return &Door{Gate: g.Name, Panel: "http://" + g.Panel, Scanner: scanner}, nil
}

// Status reads the gate's status.
func (d *Door) Status(ctx context.Context) (s GateStatus, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.Panel+"/status", nil)
	if err != nil {
		return s, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return s, fmt.Errorf("read the status of %s: %w", d.Gate, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return s, fmt.Errorf("read the status of %s: %s", d.Gate, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(&s); err != nil {
		return s, fmt.Errorf("understand the status of %s: %w", d.Gate, err)
	}
	if len(s.Lanes) != 1 {
		return s, fmt.Errorf("%s has %d lanes, not one", d.Gate, len(s.Lanes))
	}
	return s, nil
}

// Newest is what the screen shows now; the zero value when nobody has come yet.
func (d *Door) Newest(ctx context.Context) (Shown, error) {
	s, err := d.Status(ctx)
	if err != nil || len(s.Lanes[0].Last) == 0 {
		return Shown{}, err
	}
	return s.Lanes[0].Last[0], nil
}

// Holds is nil when the gate is ready to judge: its scanner is there, the hub answers and grants, and it has as many
// entries of each event as were sold or imported.
func (d *Door) Holds(ctx context.Context, entries map[string]int) error {
	s, err := d.Status(ctx)
	if err != nil {
		return err
	}
	if s.Lanes[0].Scanner != "ready" {
		return fmt.Errorf("its scanner is %s", s.Lanes[0].Scanner)
	}
	if !s.Hub.Up || !s.Hub.Ready {
		return fmt.Errorf("its hub does not answer yet")
	}
	for event, want := range entries {
		got := 0
		for _, list := range s.Lists {
			if list.Event == event && list.Ready {
				got = list.Count
			}
		}
		if got != want {
			return fmt.Errorf("it holds %d of %d entries", got, want)
		}
	}
	return nil
}

// Look asks what the gate knows of a code, as whoever is on duty there may. It lets nobody in and leaves no record. Refused
// says that the code would not open the lane now.
func (d *Door) Look(ctx context.Context, code string) (refused bool, err error) {
	body, err := json.Marshal(map[string]string{"text": code})
	if err != nil {
		return false, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Panel+"/lane/1/look", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, fmt.Errorf("look a code up at %s: %w", d.Gate, err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Say   string `json:"say"`
		Found struct {
			Mood string `json:"mood"`
		} `json:"found"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		return false, fmt.Errorf("look a code up at %s: %s %s", d.Gate, response.Status, answer.Say)
	}
	return answer.Found.Mood == "refuse", nil
}

// Pass plays the passage contact: somebody goes through the lane, whether it is open or not.
func (d *Door) Pass(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Panel+"/board/lane/1/passage", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("pass through %s: %w", d.Gate, err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("pass through %s: %s", d.Gate, response.Status)
	}
	return nil
}
