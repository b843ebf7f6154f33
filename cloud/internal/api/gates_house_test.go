package api_test

import (
	"context"
	"time"

	"portaria/cloud/internal/api"
	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/postgres/attendances"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/edge/wire"
)

// ordered is what hubs were told.
var ordered []wire.Command

// gateSide is the gate side over a real database.
func gateSide(w *gatestest.World) api.Gates {
	reader := attendances.New(w.Pool)
	return api.Gates{
		Attendance: &attendance.Service{Reader: reader, Incidents: reader, Stays: reader, Now: w.Now},
		Desk:       w.Desk(), Template: w.Template(), Dates: w.Dates(), Shifts: w.Shifts(), Applied: w.Store.Applied, Foreign: w.Foreign(), Intake: w.Intake(), Entries: entries.New(w.Pool),
		Connected: func(hub string) bool { return hub == "hub-1" },
		Order:     func(_ string, c wire.Command) error { ordered = append(ordered, c); return nil },
		Invite: func(_ context.Context, hub string) (string, string, time.Time, error) {
			return "PE1" + hub, hub, time.Now(), nil
		},
	}
}

// gateIDs makes one of everything on the gate side, by the names of the paths' parameters.
func gateIDs(h *house, key string, e evening) map[string]string {
	door := h.must(key, "POST", "/venues/"+e.venue+"/checkpoints", map[string]any{"name": "Porta A"})
	person := h.must(key, "POST", "/venues/"+e.venue+"/controllers", map[string]any{"name": "Ana"})
	zone := h.must(key, "POST", "/venues/"+e.venue+"/zones", map[string]any{"name": "Plateia"})
	h.must(key, "POST", "/venues/"+e.venue+"/hubs", map[string]any{"id": "hub-1", "name": "Hub"})
	h.must(key, "POST", "/venues/"+e.venue+"/gates", gateBody(door["id"].(string)))
	h.must(key, "POST", "/events/"+e.event+"/issuers", map[string]any{"name": "outra", "kind": 0})
	shift := h.must(key, "POST", "/venues/"+e.venue+"/dates/"+e.event+"/shifts", map[string]any{"checkpoint": door["id"], "controller": person["id"], "rule": usualHours})
	return map[string]string{
		"shift":      shift["id"].(string),
		"checkpoint": door["id"].(string), "controller": person["id"].(string), "hub": "hub-1", "gate": "gate-1",
		"scan": "00000000000000000000000000000000", "issuer": "outra", "zone": zone["id"].(string),
		"import": h.must(key, "POST", "/events/"+e.event+"/issuers/outra/imports", "7891000000001\n", "Content-Type", "text/csv")["id"].(string),
	}
}

// usualHours are from half an hour before the doors until the end.
var usualHours = map[string]any{"from": map[string]any{"anchor": "doors", "minutes": -30}, "until": map[string]any{"anchor": "end", "minutes": 0}}

func gateBody(door string) map[string]any {
	return map[string]any{
		"id": "gate-1", "name": "Torniquete", "lanes": []map[string]any{{"lane": 1, "checkpoint": door}},
	}
}

// gateBodies are right bodies for the gate side's operations.
func gateBodies(e evening) map[string]any {
	return map[string]any{
		"edit-zone":         map[string]any{"capacity": 40},
		"put-template":      map[string]any{"doors": []any{map[string]any{"name": "Porta C", "rule": usualHours}}},
		"apply-template":    map[string]any{"seen": "x"},
		"put-date":          map[string]any{"automatic": true, "exceptions": []any{}},
		"create-shift":      map[string]any{"checkpoint": e.venue, "controller": e.venue, "rule": usualHours},
		"copy-shifts":       map[string]any{"to": []string{e.event}},
		"edit-shift":        map[string]any{"rule": usualHours},
		"put-duty":          map[string]any{"by_shift": true},
		"create-zone":       map[string]any{"name": "Camarote"},
		"create-checkpoint": map[string]any{"name": "Porta B"},
		"edit-checkpoint":   map[string]any{"mode": "closed"},
		"create-controller": map[string]any{"name": "Rui"},
		"create-badge":      map[string]any{},
		"create-pin":        map[string]any{},
		"order-hub":         map[string]any{"type": "exclude", "gate": "gate-1", "by": "Ana"},
		"create-hub":        map[string]any{"id": "hub-2", "name": "Hub"},
		"create-gate":       gateBody(e.venue),
		"edit-gate":         map[string]any{"name": "x", "lanes": []map[string]any{{"lane": 1, "checkpoint": e.venue}}},
		"create-issuer":     map[string]any{"name": "terceira", "kind": 0},
		"create-import":     "7891000000001\n", "start-import": map[string]any{},
		"import-codes":  []string{"123"},
		"scan-override": map[string]any{"id": "override-1", "reason": "checked"},
	}
}
