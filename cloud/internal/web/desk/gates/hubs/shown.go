package hubs

import (
	"slices"
	"time"

	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
	"portaria/edge/wire"
)

func (s *section) shown(v *frame.Visit, x place.Venue, h desk.Hub) shownHub {
	out := shownHub{
		ID: h.ID, Name: h.Name, Href: x.Base + "/hubs/" + h.ID, Program: h.State.Program, Disk: h.State.Disk, Retired: h.RetiredAt != nil,
		Term: v.L.Number(int64(h.State.Term)), Pending: v.L.Number(int64(h.State.Pending)), //nolint:gosec // terms are counted
	}
	switch {
	case h.RetiredAt != nil:
		out.State = frame.Pill{Text: v.Text("hubs.retired")}
	case h.SeenAt == nil:
		out.State = frame.Pill{Kind: "warn", Text: v.Text("hubs.never")}
	case v.Now.Sub(*h.SeenAt) < away:
		out.State = frame.Pill{Kind: "ok", Text: v.Text("hubs.there")}
	default:
		out.State = frame.Pill{Kind: "bad", Text: v.Text("hubs.away")}
	}
	if h.SeenAt != nil {
		out.Seen = v.Text("hubs.seen", "Ago", place.Ago(v, v.Now.Sub(*h.SeenAt)))
	}
	return out
}

func shownLaneOf(v *frame.Visit, l desk.Lane, told wire.GateState) shownLane {
	out := shownLane{Number: l.Number, Checkpoint: l.Checkpoint.String()}
	i := slices.IndexFunc(told.Lanes, func(t wire.LaneState) bool { return t.Lane == l.Number })
	if i < 0 {
		out.Doing = v.Text("hubs.lane_silent")
		return out
	}
	t := told.Lanes[i]
	out.Scanner = device(v, t.Scanner == "ready", "hubs.scanner")
	out.Output = device(v, t.Output == "ready", "hubs.output")
	out.In, out.Out, out.Refused = v.L.Number(int64(t.In)), v.L.Number(int64(t.Out)), v.L.Number(int64(t.Refused))
	switch {
	case t.Checkpoint != l.Checkpoint.String():
		out.Doing = v.Text("hubs.elsewhere") // its own configuration names another door
	case t.LastScan == 0:
		out.Doing = v.Text("hubs.no_scan", "Mode", modeText(v, t.Mode))
	default:
		out.Doing = v.Text("hubs.last_scan", "Mode", modeText(v, t.Mode), "Ago", place.Ago(v, v.Now.Sub(time.UnixMilli(t.LastScan))))
	}
	return out
}

// modeText is a mode in words; what a newer gate may tell is shown as it is.
func modeText(v *frame.Visit, mode string) string {
	if text, err := v.L.Find("gates.mode_" + mode); err == nil {
		return text
	}
	return mode
}

func device(v *frame.Visit, good bool, id string) frame.Pill {
	if good {
		return frame.Pill{Kind: "ok", Text: v.Text(id)}
	}
	return frame.Pill{Kind: "bad", Text: v.Text(id + "_gone")}
}

// Next is the number of a further lane of a gate; 0 where there is no room on the page.
func (p *listPage) Next(g shownGate) int {
	for n := 1; n <= maxLanes; n++ {
		if !slices.ContainsFunc(g.Lanes, func(l shownLane) bool { return l.Number == n }) {
			return n
		}
	}
	return 0
}

// Number is a lane's from its place among the form's fields.
func (p *listPage) Number(field int) int { return field - 1 }
