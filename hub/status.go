package hub

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"portaria/edge/venue"
	"portaria/edge/wire"
	"portaria/floor"
	"portaria/hub/internal/incident"
	"portaria/hub/internal/relay"
)

// Status is what GET /status answers.
type Status struct {
	Hub       string              `json:"hub"`
	Venue     VenueStatus         `json:"venue"`
	Now       int64               `json:"now"`     // unix ms, the hub's clock
	Started   int64               `json:"started"` // unix ms
	Insecure  bool                `json:"insecure"`
	Cloud     CloudStatus         `json:"cloud"`
	Ready     bool                `json:"ready"`   // rulings are given
	Waiting   []string            `json:"waiting"` // gates that must speak, or be excluded, before rulings are given
	Head      uint64              `json:"head"`
	Term      uint64              `json:"term"`
	Gates     []GateStatus        `json:"gates"`
	Zones     []venue.ZoneView    `json:"zones"`
	Lists     []ListStatus        `json:"lists"`
	Unknown   []venue.Grant       `json:"unknown"`          // people who may have entered: a supervisor says
	Lost      []venue.Lost        `json:"lost"`             // the same, of admissions that a gate recorded
	Incidents []incident.Incident `json:"incidents"`        // every open one, and the last that were acknowledged
	Messages  RefusedMessages     `json:"refused_messages"` // of gates
	Refused   []relay.Refusal     `json:"refused_from_cloud"`
	Disk      DiskStatus          `json:"disk"`
	Nearby    []NearGate          `json:"nearby"`             // gates that say they are on this network; anybody may
	Recovery  *RecoveryStatus     `json:"recovery,omitempty"` // while rulings wait for it
}

// NearGate is a gate that says it is on this network.
type NearGate struct {
	Name  string `json:"name"` // its machine's, while it has joined no hub
	At    string `json:"at"`
	Venue string `json:"venue,omitempty"` // empty = it waits to join
}

// RecoveryStatus is why no rulings are given.
type RecoveryStatus struct {
	Filling bool   `json:"filling"`           // this disk is new or old: gates and cloud hand back what they have
	Cloud   bool   `json:"cloud"`             // the cloud is still to say what it holds
	Lacking int    `json:"lacking"`           // records that the cloud still has to hand back
	OldHub  bool   `json:"old_hub,omitempty"` // the hub before this one must be seen off before a gate can be excluded
	Rival   uint64 `json:"rival,omitempty"`   // term of a hub that has taken over
}

func recovery(v venue.View) *RecoveryStatus {
	if v.Ready {
		return nil
	}
	return &RecoveryStatus{Filling: v.Filling, Cloud: v.Filling && !v.Listed, Lacking: v.Lacking, OldHub: v.OldHub, Rival: v.Rival}
}

// VenueStatus is the venue manifest in force; epoch 0 = none yet.
type VenueStatus struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Epoch uint64 `json:"epoch"`
}

// CloudStatus is the link to the cloud.
type CloudStatus struct {
	Configured bool `json:"configured"`
	Connected  bool `json:"connected"`
	Pending    int  `json:"pending"` // records not yet confirmed by the cloud
}

// GateStatus is a gate that may connect.
type GateStatus struct {
	Gate      string           `json:"gate"`
	Connected bool             `json:"connected"`
	Excluded  bool             `json:"excluded"`
	InStep    bool             `json:"in_step"` // compared with this hub since it started
	SeenAt    int64            `json:"seen_at"` // unix ms; 0 = not since this hub started
	Run       string           `json:"run,omitempty"`
	Held      uint64           `json:"held"`    // records of that run held here
	Journal   int              `json:"journal"` // records the gate still waits to see in the cloud
	Grants    int              `json:"grants"`
	Lanes     []wire.LaneState `json:"lanes,omitempty"`
	Lists     []wire.ListState `json:"lists,omitempty"`
	Machine   wire.Machine     `json:"machine,omitzero"`
}

// ListStatus is an event's list on this hub.
type ListStatus struct {
	relay.ListView
	Age int64 `json:"age"` // seconds since it was signed
}

// RefusedMessages are messages of gates that could not be taken.
type RefusedMessages struct {
	Count uint64          `json:"count"`
	Last  []floor.Refusal `json:"last"`
}

func (h *Hub) routes() (http.Handler, error) {
	pages, err := h.pages()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	if h.cfg.Insecure {
		h.shelf.Register(mux) // for gates of this machine
	}
	mux.HandleFunc("GET /status", h.serveStatus)
	h.registerDesk(mux)
	h.registerBackup(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics(), promhttp.HandlerOpts{}))
	mux.Handle("/", pages)
	return mux, nil
}

func (h *Hub) serveStatus(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	_ = out.Encode(h.Status()) // who hung up can't be told
}

// Status is the hub at this moment.
func (h *Hub) Status() Status {
	now := time.Now()
	f := h.floor.View()
	v, lists, refused := h.relay.View()
	s := Status{Hub: h.cfg.ID, Venue: VenueStatus{ID: h.cfg.Venue}, Now: now.UnixMilli(), Started: h.started.UnixMilli(),
		Insecure: h.cfg.Insecure, Ready: f.Venue.Ready, Head: f.Venue.Head, Term: f.Venue.Term, Zones: f.Venue.Zones,
		Cloud: CloudStatus{h.upstream != nil, h.upstream != nil && h.upstream.Up(), f.Venue.Pending},
		Gates: h.gateStatus(f.Venue), Unknown: f.Venue.Unknown, Lost: f.Venue.Lost, Refused: refused,
		Messages: RefusedMessages{f.Refused, f.Refusals}}
	s.Waiting, s.Disk, s.Recovery = waiting(f.Venue), h.disk(), recovery(f.Venue)
	open, done := h.book.List(0, 100)
	s.Incidents = append(open, done...)
	for _, g := range h.near.Gates() {
		s.Nearby = append(s.Nearby, NearGate{g.Name, g.At, g.Venue})
	}
	if v != nil {
		s.Venue.Name, s.Venue.Epoch = v.Name, v.Epoch
	}
	for _, l := range lists {
		status := ListStatus{ListView: l}
		if l.Epoch > 0 {
			status.Age = now.Unix() - l.IssuedAt
		}
		s.Lists = append(s.Lists, status)
	}
	return s
}

// gateStatus is a line for every gate that is configured, also for one that never came.
func (h *Hub) gateStatus(v venue.View) []GateStatus {
	seen := map[string]venue.GateView{}
	for _, g := range v.Gates {
		seen[g.Name] = g
	}
	gates := h.gates()
	out := make([]GateStatus, 0, len(gates))
	for _, name := range gates {
		g := seen[name]
		status := GateStatus{Gate: name, Connected: h.broker.Connected(name), Excluded: g.Excluded, InStep: g.InStep, SeenAt: g.SeenAt, Held: g.Held,
			Journal: g.State.Journal, Grants: g.Grants, Lanes: g.State.Lanes, Lists: g.State.Lists, Machine: g.State.Machine}
		if !g.Run.IsZero() {
			status.Run = g.Run.String()
		}
		out = append(out, status)
	}
	return out
}
