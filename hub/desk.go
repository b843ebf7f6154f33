package hub

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// registerDesk adds what a supervisor at the hub itself may decide. It takes requests from this machine only, until
// people have names here:
//
//	POST /gates/<gate>/exclude   the gate is off and stays off: its grants are released, and nobody waits for it
//	POST /gates/<gate>/readmit   it may take part again
//	POST /gates/<gate>/exclude?old-hub=off   the same, and the hub before this one is off and stays off
//	POST /recovery/old-hub-off   the hub before this one is off and stays off
//	POST /recovery/without-cloud go on although the cloud can't be asked what this disk lacks
//	POST /scans/<scan>/entered   somebody entered on a scan whose outcome is lost
//	POST /scans/<scan>/stayed    nobody did
func (h *Hub) registerDesk(mux *http.ServeMux) {
	mux.Handle("POST /gates/{gate}/{act}", here(h.serveGate))
	mux.Handle("POST /scans/{scan}/{act}", here(h.serveScan))
	mux.Handle("POST /recovery/{act}", here(h.serveRecovery))
}

func (h *Hub) serveGate(w http.ResponseWriter, r *http.Request) {
	gate := r.PathValue("gate")
	if !h.knows(gate) {
		http.Error(w, "This hub has never heard of that gate.", http.StatusNotFound)
		return
	}
	switch r.PathValue("act") {
	case "exclude":
		off := r.URL.Query().Get("old-hub") == "off"
		if h.floor.View().Venue.OldHub && !off {
			http.Error(w, "Make sure first that the hub before this one is off and stays off; then add ?old-hub=off.", http.StatusConflict)
			return
		}
		h.log.Warn("a supervisor excludes a gate", "gate", gate, "old_hub_off", off)
		h.floor.Do(venue.Exclude{Gate: gate, OldHubOff: off})
	case "readmit":
		h.log.Warn("a supervisor readmits a gate", "gate", gate)
		h.floor.Do(venue.Readmit{Gate: gate})
	default:
		http.NotFound(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *Hub) serveRecovery(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("act") {
	case "old-hub-off":
		h.log.Warn("a supervisor says that the hub before this one is off, and stays off")
		h.floor.Do(venue.OldHubOff{})
	case "without-cloud":
		h.log.Warn("a supervisor goes on without what the cloud may know")
		h.floor.Do(venue.WithoutCloud{})
	default:
		http.NotFound(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// knows says whether a gate has ever been heard here.
func (h *Hub) knows(gate string) bool {
	return slices.ContainsFunc(h.floor.View().Venue.Gates, func(g venue.GateView) bool { return g.Name == gate })
}

func (h *Hub) serveScan(w http.ResponseWriter, r *http.Request) {
	var scan admit.ScanID
	raw, err := hex.DecodeString(r.PathValue("scan"))
	act := r.PathValue("act")
	if act != "entered" && act != "stayed" {
		http.NotFound(w, r)
		return
	}
	if err != nil || len(raw) != len(scan) || copy(scan[:], raw) == 0 || !h.settle(scan, act == "entered") {
		http.Error(w, "No scan of that number waits to be settled.", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// settleTime is how long a gate may take to hear how one of its scans ended.
const settleTime = time.Minute

// settle ends a grant of this hub, or passes the word on to the gate that lost the end of one of its admissions; false
// when neither knows the scan. The gate's own record of it comes back like any other.
func (h *Hub) settle(scan admit.ScanID, entered bool) bool {
	view := h.floor.View().Venue
	if slices.ContainsFunc(view.Unknown, func(g venue.Grant) bool { return g.Scan == scan }) {
		h.log.Warn("a supervisor settles a scan", "scan", scan, "entered", entered)
		h.floor.Do(venue.Settle{Scan: scan, Entered: entered})
		return true
	}
	at := slices.IndexFunc(view.Lost, func(l venue.Lost) bool { return l.Scan == scan })
	if at < 0 {
		return false
	}
	lost := view.Lost[at]
	h.log.Warn("a supervisor settles a scan at its gate", "scan", scan, "gate", lost.Gate, "entered", entered)
	h.floor.Order(lost.Gate, wire.Command{V: wire.Version, ID: hex.EncodeToString(scan[:]), Type: wire.Settle, Scan: scan, Entered: entered,
		Text: "hub " + h.cfg.ID, DropAfter: time.Now().Add(settleTime).UnixMilli()})
	return true
}

// here lets in requests from this machine only, which also name it: a page on the internet can make a browser here
// send anything, but neither from its own origin nor, by a name that it points here, under another host.
func here(serve http.HandlerFunc) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, err := net.SplitHostPort(r.RemoteAddr)
		host, _, errHost := net.SplitHostPort(r.Host)
		if err != nil || errHost != nil || !loopback(from) || !loopback(host) {
			http.Error(w, "Only at the hub itself, by its loopback address.", http.StatusForbidden)
			return
		}
		serve(w, r)
	}))
}

// waiting names the gates that keep this hub from giving rulings.
func waiting(v venue.View) (names []string) {
	if v.Ready {
		return nil
	}
	for _, g := range v.Gates {
		if g.Waited {
			names = append(names, g.Name)
		}
	}
	return names
}

// watchEvery is how often somebody is told that the hub still waits.
const watchEvery = 30 * time.Second

// watch retires gates that the configuration no longer names, and says for whom the hub waits: a gate that is off would
// hold up all others without a word.
func (h *Hub) watch(ctx context.Context) {
	h.retire()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		h.watchCloud(h.floor.View().Venue)
		if names := waiting(h.floor.View().Venue); len(names) > 0 {
			h.log.Warn("no rulings are given until these gates have spoken; if one is off for good, exclude it",
				"gates", strings.Join(names, " "), "how", fmt.Sprintf("curl -X POST http://%s/gates/%s/exclude", h.HTTPAddr(), names[0]))
		}
	}
}

// watchCloud says when a hub with a new or old disk waits for the cloud.
func (h *Hub) watchCloud(v venue.View) {
	switch {
	case v.Rival > 0:
		h.log.Error("another hub has taken over; switch this one off", "its_term", v.Rival, "own", v.Term)
	case !v.Ready && v.Filling && (!v.Listed || v.Lacking > 0):
		h.log.Warn("no rulings are given until the cloud has handed back what this disk lacks", "lacking", v.Lacking, "connected", v.Cloud,
			"if it can't be reached", fmt.Sprintf("curl -X POST http://%s/recovery/without-cloud", h.HTTPAddr()))
	}
}

func (h *Hub) retire() {
	gates := h.gates()
	for _, g := range h.floor.View().Venue.Gates {
		configured := slices.Contains(gates, g.Name) || h.phones.Has(g.Name) // telephones are no part of the configuration
		switch {
		case !configured && !g.Excluded:
			h.log.Warn("a gate is no longer in the configuration, so it is excluded", "gate", g.Name)
			h.floor.Do(venue.Exclude{Gate: g.Name})
		case configured && g.Excluded:
			h.log.Warn("a gate in the configuration is excluded", "gate", g.Name, "how to readmit", "POST /gates/"+g.Name+"/readmit")
		}
	}
}
