package panel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/incident"
	"portaria/hub/internal/panel"
	"portaria/hub/internal/tally"
)

var night = time.Date(2026, 11, 22, 20, 44, 10, 0, time.FixedZone("BRT", -3*3600))

// fakeHouse remembers what it was asked to do.
type fakeHouse struct {
	mu   sync.Mutex
	view panel.View
	done []panel.Act
	err  error
	secr error
}

func (h *fakeHouse) Look(time.Time) panel.View {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.view
}

func (h *fakeHouse) SignOn(_ context.Context, number, pin string) (panel.Person, error) {
	switch {
	case h.secr != nil:
		return panel.Person{}, h.secr
	case number == "11" && pin == "123456":
		return panel.Person{Name: "#11", Supervisor: true}, nil
	case number == "12" && pin == "654321":
		return panel.Person{Name: "#12"}, nil
	}
	return panel.Person{}, panel.ErrStranger
}

func (h *fakeHouse) Do(_ context.Context, _ panel.Person, act panel.Act) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, act)
	return h.err
}

func (h *fakeHouse) did() []panel.Act {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.done
}

func (h *fakeHouse) Events(_ time.Time, do func(wire.Event)) error {
	do(wire.Event{Gate: "gate-1", Run: wire.Run{Start: 1}, Seq: 1, At: night.UnixMilli(), Type: wire.Refusal, Reason: admit.Unknown,
		Lane: 1, Checkpoint: "north", Text: "=HYPERLINK(\"http://evil\")"})
	return errors.New("disk")
}

func lane(n int, door, mode string, in, refused int) wire.LaneState {
	return wire.LaneState{Lane: n, Checkpoint: door, Scanner: "ready", Output: "ready", Mode: mode, Controller: "Controlador 4", In: in,
		Refused: refused, LastScan: night.Add(-2 * time.Second).UnixMilli()}
}

// fullHouse is an evening at its height: one gate away, one without a scanner, incidents.
func fullHouse() *fakeHouse {
	seen := night.Add(-time.Second).UnixMilli()
	broken := lane(1, "south", "open", 0, 0)
	broken.Scanner = "gone"
	v := panel.View{Hub: "hub-1", Venue: "Theatro São Pedro", Zone: night.Location(), Now: night, Started: night.Add(-5 * time.Hour), Ready: true,
		Cloud: panel.Cloud{Configured: true, Connected: true}, Disk: panel.Disk{Level: "ok", Percent: 2}, Events: []string{"Homens de Perto"},
		Total: tally.Count{In: 1294, Out: 9, Refused: 47}, Minute: tally.Count{In: 38},
		Refused: []tally.Refusals{{Reason: admit.AlreadyUsed, Count: 31}, {Reason: admit.WrongDay, Count: 9}, {Reason: admit.Unknown, Count: 7}},
		Zones:   []venue.ZoneView{{Zone: "house", Name: "Theatro", Count: 1285, Capacity: 1580}, {Zone: "box", Name: "Camarotes", Count: 61, Capacity: 80}},
		Doors: []panel.Door{{ID: "north", Name: "Entrada Norte", Configured: whitelist.Open}, {ID: "south", Name: "Entrada Sul", Configured: whitelist.Open,
			Order: &wire.DoorOrder{Checkpoint: "south", Mode: whitelist.Closed, By: "#11"}}},
		Gates: []panel.Gate{
			{Name: "gate-1", Connected: true, InStep: true, SeenAt: seen, ListAge: 14 * time.Second, Lanes: []wire.LaneState{lane(1, "north", "open", 412, 11), lane(2, "north", "open", 388, 14)}},
			{Name: "gate-3", Connected: false, InStep: true, SeenAt: night.Add(-3 * time.Minute).UnixMilli(), Journal: 41, ListAge: 3 * time.Minute, Lanes: []wire.LaneState{lane(1, "north", "open", 301, 9)}},
			{Name: "gate-5", Connected: true, InStep: true, SeenAt: seen, ListAge: 14 * time.Second, Lanes: []wire.LaneState{broken}},
			{Name: "gate-6", Connected: true, InStep: true, SeenAt: seen, ListAge: 14 * time.Second, Lanes: []wire.LaneState{lane(1, "south", "closed", 0, 0)}},
		},
		Unknown: []venue.Grant{{Scan: admit.ScanID{9}, Gate: "gate-3", Lane: 1, At: night.Add(-4 * time.Minute).UnixMilli()}},
		Open:    []incident.Incident{{Number: 3, At: night.Add(-time.Minute).UnixMilli(), Kind: "conflict", Text: "um ingresso entrou em gate-1 às 20:12 e em gate-3 às 20:43", Scans: []string{"5c5c", "6d6d"}}},
		Done:    []incident.Incident{{Number: 2, At: night.Add(-time.Hour).UnixMilli(), Kind: "tamper", Gate: "gate-1", Text: "gate-1, lane 0: the housing is open", Acknowledged: night.Add(-50 * time.Minute).UnixMilli(), By: "#11", Note: "técnico trocou o leitor"}},
	}
	low := 17
	v.Gates[0].Machine = wire.Machine{Celsius: 54, DiskPercent: 12}
	v.Gates[3].Machine = wire.Machine{Battery: &low}
	v.Enrol = &panel.Enrol{Waiting: []panel.Waiting{{Name: "gate-7", From: "10.0.0.17", Words: [4]string{"amber", "violin", "tiger", "cloud"}}},
		Invited: []panel.Invited{{Name: "gate-8", Code: "PE1" + strings.Repeat("7K3M9QXF2T", 14), Typed: "7K3M-9QXF-2TBC-W8AD", Until: night.Add(12 * time.Minute)}}}
	counts := []int{24, 50, 78, 105, 138, 160, 178, 170, 188, 193, 166, 150, 122, 60}
	for i, n := range counts {
		from := night.Truncate(5 * time.Minute).Add(time.Duration(i-len(counts)+1) * 5 * time.Minute)
		v.Slots = append(v.Slots, tally.Slot{From: from.Unix(), Door: "north", Count: tally.Count{In: n * 2 / 3, Refused: 2}},
			tally.Slot{From: from.Unix(), Door: "south", Count: tally.Count{In: n - n*2/3, Out: i / 3}})
	}
	return &fakeHouse{view: v}
}

// visitor is a browser that follows no redirects by itself.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
	now    time.Time
}

func visit(t *testing.T, house panel.House) *visitor {
	t.Helper()
	v := &visitor{t: t, now: night}
	h, err := panel.Handler(panel.Config{House: house, Now: func() time.Time { return v.now }, Log: quiet()})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	v.base = server.URL
	v.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return v
}

func (v *visitor) get(path string, header ...string) (int, string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.base+path, nil)
	require.NoError(v.t, err)
	return v.do(r, header...)
}

func (v *visitor) post(path string, form url.Values, header ...string) (int, string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r, header...)
}

// do answers with the page, or with where a redirect leads.
func (v *visitor) do(r *http.Request, header ...string) (int, string) {
	v.t.Helper()
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := v.client.Do(r)
	require.NoError(v.t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(v.t, err)
	if answer.StatusCode == http.StatusSeeOther {
		return answer.StatusCode, answer.Header.Get("Location")
	}
	return answer.StatusCode, string(raw)
}

func (v *visitor) signOn(number, pin string) *visitor {
	v.t.Helper()
	status, where := v.post("/sign-on", url.Values{"number": {number}, "pin": {pin}})
	require.Equal(v.t, fmt.Sprint(http.StatusSeeOther, "/"), fmt.Sprint(status, where))
	return v
}
