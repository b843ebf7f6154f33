package panel

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"portaria/edge/admit"
	"portaria/edge/internal/lane"
)

// Row is one line of a table on the panel.
type Row struct {
	Scan   string `json:"scan"`
	At     string `json:"at"` // time of day
	Mood   Mood   `json:"mood"`
	Word   string `json:"word"`
	Detail string `json:"detail"`
}

// More is what a person looks up between two guests.
type More struct {
	Last    []Row `json:"last"`    // newest first
	Unknown []Row `json:"unknown"` // to settle
}

// Lookup is what is known of a code, in words.
type Lookup struct {
	Mood  Mood     `json:"mood"`
	Word  string   `json:"word"`
	Lines []string `json:"lines"`
}

func (p *panel) more(c *gin.Context) {
	st := p.Gate.Status()
	for _, l := range st.Lanes {
		if l.Lane == p.number(c) {
			c.JSON(http.StatusOK, drawingOf(st, l, c.Query("lang")).more())
			return
		}
	}
	c.JSON(http.StatusNotFound, answer{Say: lane.ErrNoLane.Error()})
}

func (d drawing) more() More {
	m := More{Last: []Row{}, Unknown: []Row{}}
	for _, s := range d.lane.Last {
		var v View
		d.verdict(&v, s)
		m.Last = append(m.Last, Row{Scan: s.Scan.String(), At: d.clock(s.At, "15:04:05"), Mood: v.Mood, Word: v.Word, Detail: v.Why})
	}
	for _, u := range d.st.Unknown {
		m.Unknown = append(m.Unknown, Row{Scan: u.Scan.String(), At: d.clock(u.At, d.words.Text.Day+" 15:04:05"), Mood: Attend, Word: u.Kind,
			Detail: fmt.Sprintf(d.words.Text.Lane, u.Lane)})
	}
	return m
}

func (p *panel) lookup(c *gin.Context, f lane.Found) Lookup {
	st := p.Gate.Status()
	d := drawingOf(st, lane.LaneStatus{Lane: p.number(c), Language: p.words(c).Tag}, "")
	shown := lane.Shown{Admit: f.Admit, Reason: f.Reason, Attention: f.Attention, Kind: f.Kind, Seat: f.Seat, Event: f.Event, Start: f.Start,
		UsedAt: f.UsedAt, UsedGate: f.UsedGate, UsedLane: f.UsedLane}
	var v View
	d.verdict(&v, shown)
	if f.Admit && f.Attention == 0 {
		v.Word, v.Why = d.words.Page["would_admit"], ""
	}
	lines := []string{strings.Join(without("", f.Kind, f.Seat), " · "), strings.Join(without("", f.Event, d.day(f.Start)), " · "), v.Why}
	if f.Used > 0 {
		where := d.where(shown)
		if f.Reason == admit.AlreadyUsed || f.Reason == admit.AlreadyInside {
			where = "" // the sentence says it
		}
		lines = append(lines, strings.Join(without("", fmt.Sprintf(d.words.Page["used_times"], f.Used), where), " · "))
	}
	return Lookup{Mood: v.Mood, Word: v.Word, Lines: without("", lines...)}
}
