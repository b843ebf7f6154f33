package panel

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/output"
	"portaria/edge/internal/scanner"
	"portaria/edge/whitelist"
)

// Mood is the colour, shape and tone of a lane's screen.
type Mood string

// Moods.
const (
	Admit  Mood = "admit"  // green circle, check
	Refuse Mood = "refuse" // red octagon, cross
	Attend Mood = "attend" // amber triangle
	Rest   Mood = "rest"   // dark
)

// View is a lane's screen at one moment.
type View struct {
	Mood     Mood   `json:"mood"`
	Word     string `json:"word"`
	Why      string `json:"why"`
	Door     string `json:"door"`    // "Portão 3 · Pista 1"
	Entered  string `json:"entered"` // "1 284 entraram"
	List     string `json:"list"`
	Hub      string `json:"hub"`
	Trouble  bool   `json:"trouble"` // hub, list or clock needs a look
	Clock    string `json:"clock"`
	Language string `json:"language"`
	Scan     string `json:"scan,omitempty"` // changes with every verdict: a new tone
	LostWord string `json:"lost_word"`      // what the page says by itself when it hears nothing
	LostWhy  string `json:"lost_why"`
}

// How long a verdict stays on the screen.
const (
	showAdmit  = 4 * time.Second
	showAttend = 8 * time.Second
	showRefuse = 6 * time.Second
)

// see draws one lane of a status. Language overrides the checkpoint's; empty = as it says.
func see(st lane.Status, number int, language string) (View, bool) {
	for _, l := range st.Lanes {
		if l.Lane == number {
			if language == "" {
				language = l.Language
			}
			tag, words := tongueOf(language)
			d := drawing{st: st, lane: l, words: words, zone: zoneOf(st.Zone)}
			v := d.view()
			v.Language = tag
			return v, true
		}
	}
	return View{}, false
}

func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

// drawing is all that a view is made from.
type drawing struct {
	st    lane.Status
	lane  lane.LaneStatus
	words *tongue
	zone  *time.Location
}

func (d drawing) view() View {
	v := View{Clock: d.clock(d.st.At, "15:04:05"), Entered: d.number(d.lane.In) + " " + d.words.entered,
		LostWord: d.words.lost.Word, LostWhy: d.words.lost.Why}
	name := d.lane.Name
	if name == "" {
		name = d.st.Gate
	}
	v.Door = name + " · " + fmt.Sprintf(d.words.lane, d.lane.Lane)
	d.foot(&v)
	if len(d.lane.Last) > 0 {
		if last := d.lane.Last[0]; d.fresh(last) {
			d.verdict(&v, last)
			return v
		}
	}
	d.rest(&v)
	return v
}

func (d drawing) fresh(s lane.Shown) bool {
	stays := showRefuse
	switch {
	case s.Admit && s.Attention != 0:
		stays = showAttend
	case s.Admit:
		stays = showAdmit
	}
	return d.st.At-s.At < stays.Milliseconds()
}

func (d drawing) verdict(v *View, s lane.Shown) {
	said := d.words.reasons[s.Reason]
	v.Mood, v.Word, v.Why, v.Scan = Refuse, said.Word, said.Why, s.Scan.String()
	switch {
	case s.Admit && s.Attention != 0 && !s.Exit:
		look := d.words.look[lowestBit(s.Attention)]
		v.Mood, v.Word, v.Why = Attend, look.Word, fmt.Sprintf(look.Why, or(s.Kind, s.Event))
	case s.Admit && s.Exit:
		v.Mood, v.Word = Admit, d.words.reasons[admit.NotInside].Word
		if s.Reason == admit.OK {
			v.Why = ""
		}
	case s.Admit:
		v.Mood = Admit
		v.Why = strings.TrimSpace(strings.Join(without("", s.Kind, s.Seat), " · ") + " " + said.Why)
	case s.Reason == admit.Unknown && !d.listsReady():
		v.Mood, v.Word, v.Why = Attend, d.words.noList.Word, d.words.noList.Why
	default:
		v.Why = d.why(s, said.Why)
	}
	if d.lane.Mode == string(whitelist.Drill) {
		v.Why = d.words.drill
	}
}

// why fills in where and when.
func (d drawing) why(s lane.Shown, why string) string {
	switch s.Reason {
	case admit.WrongDay:
		return fmt.Sprintf(why, or(d.day(s.Start), s.Event))
	case admit.WrongEvent:
		return fmt.Sprintf(why, or(s.Event, "?"))
	case admit.OtherGate:
		return fmt.Sprintf(why, or(s.UsedGate, "?"))
	case admit.AlreadyUsed, admit.AlreadyInside, admit.PendingElsewhere:
		if where := d.where(s); where != "" {
			return where + ". " + why
		}
	}
	return why
}

func (d drawing) where(s lane.Shown) string {
	var parts []string
	if s.UsedAt != 0 {
		parts = append(parts, fmt.Sprintf(d.words.usedAt, d.clock(s.UsedAt, "15:04")))
	}
	if s.UsedGate != "" {
		place := fmt.Sprintf(d.words.usedGate, s.UsedGate)
		if s.UsedLane != 0 {
			place += ", " + fmt.Sprintf(d.words.usedLane, s.UsedLane)
		}
		parts = append(parts, place)
	}
	first, size := utf8.DecodeRuneInString(strings.Join(parts, " "))
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + strings.Join(parts, " ")[size:]
}

// rest is the screen between two guests; it is also where a lane says what keeps it from working.
func (d drawing) rest(v *View) {
	v.Mood, v.Word, v.Why = Rest, d.words.rest.Word, d.words.rest.Why
	trouble := func(p phrase) { v.Mood, v.Word, v.Why = Attend, p.Word, p.Why }
	switch {
	case d.lane.Mode == string(whitelist.Evacuation):
		trouble(d.words.evac)
	case d.lane.Fire:
		trouble(d.words.fire)
	case d.lane.Output == output.Failed:
		trouble(d.words.stuck)
	case d.lane.Tamper:
		trouble(d.words.tamper)
	case d.lane.Scanner == scanner.Gone:
		trouble(d.words.unplug)
	case !d.listsReady():
		trouble(d.words.noList)
	case d.lane.Mode == string(whitelist.Closed):
		v.Word, v.Why = d.words.closed.Word, d.words.closed.Why
	case d.lane.Mode == string(whitelist.Drill):
		v.Why = d.words.drill
	case !d.st.Hub.Up && d.st.Hub.Heard == 0:
		v.Why = d.words.alone
	case !d.st.Hub.Up:
		v.Why = fmt.Sprintf(d.words.aloneLong, d.age(d.st.At-d.st.Hub.Heard))
	}
}

func (d drawing) listsReady() bool {
	for _, l := range d.st.Lists {
		if l.Ready {
			return true
		}
	}
	return false
}

// foot says how far what is above can be relied on. Silence is never shown as health.
func (d drawing) foot(v *View) {
	v.List, v.Hub = d.words.noLists, d.words.hubDown
	if newest := d.newestList(); newest != 0 {
		v.List = fmt.Sprintf(d.words.list, d.age(d.st.At-newest*1000))
	}
	switch {
	case d.st.Hub.Up && !d.st.Hub.Cloud:
		v.Hub = d.words.hubUp + ", " + d.words.cloudDown
	case d.st.Hub.Up:
		v.Hub = d.words.hubUp
	}
	if d.st.Clock == admit.ClockIsUnset {
		v.Clock += " (" + d.words.unsure + ")"
	}
	v.Trouble = !d.st.Hub.Up || !d.listsReady() || d.st.Clock == admit.ClockIsUnset
}

func (d drawing) newestList() (issued int64) {
	for _, l := range d.st.Lists {
		issued = max(issued, l.Issued)
	}
	return issued
}

func (d drawing) clock(unixMilli int64, layout string) string {
	return time.UnixMilli(unixMilli).In(d.zone).Format(layout)
}

func (d drawing) day(unix int64) string {
	if unix == 0 {
		return ""
	}
	if d.words == &english {
		return time.Unix(unix, 0).In(d.zone).Format("2 Jan 15:04")
	}
	return time.Unix(unix, 0).In(d.zone).Format("02/01 15:04")
}

// age is a number with its unit: "14 s", "3 min".
func (d drawing) age(millis int64) string {
	seconds := max(0, millis/1000)
	for i, size := range []int64{60, 60, 24} {
		if seconds < size {
			return strconv.FormatInt(seconds, 10) + "\u00a0" + d.words.units[i]
		}
		seconds /= size
	}
	return strconv.FormatInt(seconds, 10) + "\u00a0" + d.words.units[3]
}

func (d drawing) number(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + d.words.thousands + digits[at:]
	}
	return digits
}

func lowestBit(flags whitelist.Flags) int {
	for bit := range 4 {
		if flags&(1<<bit) != 0 {
			return bit
		}
	}
	return 4
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func without(unwanted string, all ...string) (kept []string) {
	for _, s := range all {
		if s != unwanted {
			kept = append(kept, s)
		}
	}
	return kept
}
