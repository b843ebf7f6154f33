package place

import (
	"time"

	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
)

// How often a page asks how far a change has come: while it is on its way, and afterwards.
const (
	soon = "1s"
	calm = "10s"
)

// quiet is after how long without a heartbeat a gate is said to be away.
const quiet = 10 * time.Second

// maxAway is how many gates that are away are named.
const maxAway = 8

// Reach asks how far a venue's newest manifest has come.
func (c Config) Reach(v *frame.Visit, x Venue) (desk.Reach, error) {
	epoch, pending, err := c.Applied.Applied(v.Ctx(), x.ID)
	if err != nil {
		return desk.Reach{}, err
	}
	gates, err := c.Desk.Gates(v.Ctx(), x.Scope)
	if err != nil {
		return desk.Reach{}, err
	}
	hubs, err := c.Desk.Hubs(v.Ctx(), x.Scope)
	return desk.ReachOf(epoch, pending, gates, hubs), err
}

// Watch is how far the last change has come, as a line that follows it.
func (c Config) Watch(v *frame.Visit, x Venue) (frame.Watch, error) {
	r, err := c.Reach(v, x)
	w := frame.Watch{Href: x.Base + "/applied", Every: calm}
	switch {
	case err != nil || r.Lanes == 0:
		w.State, w.Text = frame.Pill{Text: v.Text("gates.no_lanes")}, v.Text("gates.no_lanes_why")
	case r.Pending:
		w.Every, w.State, w.Text = soon, frame.Pill{Kind: "warn", Text: v.Text("gates.on_its_way")}, v.Text("gates.signing")
	case r.Whole():
		w.State, w.Text = frame.Pill{Kind: "ok", Text: v.Text("gates.in_force")}, v.L.Plural("gates.applied_all", r.Lanes)
	default:
		w.Every, w.State = soon, frame.Pill{Kind: "warn", Text: v.Text("gates.on_its_way")}
		w.Text = v.L.Plural("gates.applied_some", r.Lanes, "There", v.L.Number(int64(r.There)))
	}
	for i, l := range r.Late {
		if i == maxAway {
			w.Lines = append(w.Lines, v.Text("gates.and_more", "Number", len(r.Late)-maxAway))
			break
		}
		if line := late(v, l); line != "" {
			w.Lines = append(w.Lines, line)
		}
	}
	return w, err
}

// late says why a gate does not obey yet; nothing where it is only a matter of a second.
func late(v *frame.Visit, l desk.Late) string {
	ago := v.Now.Sub(l.SeenAt)
	switch {
	case l.SeenAt.IsZero():
		return v.Text("gates.late_never", "Gate", l.Gate)
	case ago < quiet:
		return ""
	}
	return v.Text("gates.late", "Gate", l.Gate, "Ago", Ago(v, ago))
}

// Ago is how long something is past, in words.
func Ago(v *frame.Visit, d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return v.L.Plural("gates.seconds", max(0, int(d.Seconds())))
	case d < 2*time.Hour:
		return v.L.Plural("gates.minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return v.L.Plural("gates.hours", int(d.Hours()))
	}
	return v.L.Plural("gates.days", int(d.Hours()/24))
}
