package panel

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/output"
	"portaria/edge/internal/scanner"
	"portaria/edge/internal/tongue"
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
	Entered  string `json:"entered"` // "1 284 dentro" where the hub tells, "1 284 entraram" else
	Duty     string `json:"duty"`    // whether somebody is on duty
	List     string `json:"list"`
	Hub      string `json:"hub"`
	Trouble  bool   `json:"trouble"` // hub, list or clock needs a look
	Clock    string `json:"clock"`
	Language string `json:"language"`
	Scan     string `json:"scan,omitempty"` // changes with every verdict: a new tone
	Notice   string `json:"notice,omitempty"`
	OnDuty   bool   `json:"on_duty"`
	Ask      bool   `json:"ask"`       // a supervisor's word could let in who stands there
	Unknown  int    `json:"unknown"`   // admissions that wait to be settled
	LostWord string `json:"lost_word"` // what the page says by itself when it hears nothing
	LostWhy  string `json:"lost_why"`
}

// How long a verdict stays on the screen, and the rest.
const (
	showAdmit   = 4 * time.Second
	showAttend  = 8 * time.Second
	showRefuse  = 6 * time.Second
	showAsk     = 45 * time.Second // refused, and a supervisor may say otherwise: the button must still be there
	showNotice  = 5 * time.Second
	showMessage = 10 * time.Minute
)

// See draws one lane of a status. Language overrides the checkpoint's; empty = as it says. False = no such lane.
func See(st lane.Status, number int, language string) (View, bool) {
	for _, l := range st.Lanes {
		if l.Lane == number {
			d := drawingOf(st, l, language)
			v := d.view()
			v.Language = d.words.Tag
			return v, true
		}
	}
	return View{}, false
}

func drawingOf(st lane.Status, l lane.LaneStatus, language string) drawing {
	return drawing{st: st, lane: l, words: tongue.Of(or(language, l.Language)), zone: zoneOf(st.Zone)}
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
	words *tongue.Words
	zone  *time.Location
}

func (d drawing) view() View {
	lost := d.words.Screens["lost"]
	v := View{Clock: d.clock(d.st.At, "15:04:05"), Entered: d.people(), LostWord: lost.Word, LostWhy: lost.Why,
		OnDuty: d.lane.Controller != "", Unknown: len(d.st.Unknown)}
	v.Door = or(d.lane.Name, d.st.Gate) + " · " + fmt.Sprintf(d.words.Text.Lane, d.lane.Lane)
	d.foot(&v)
	switch shown, fresh := d.last(); {
	case d.lane.Notice != "" && d.st.At-d.lane.NoticeAt < showNotice.Milliseconds() && d.lane.NoticeAt >= shown.At:
		d.notice(&v)
	case fresh:
		d.verdict(&v, shown)
	default:
		d.rest(&v)
	}
	v.Ask = d.asks() && (v.Scan != "" || v.Mood == Rest)
	return v
}

// last is the lane's newest verdict, and whether it still stands on the screen.
func (d drawing) last() (shown lane.Shown, fresh bool) {
	if len(d.lane.Last) == 0 {
		return lane.Shown{}, false
	}
	return d.lane.Last[0], d.fresh(d.lane.Last[0])
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

// asks says whether the newest verdict is one that a supervisor may overrule.
func (d drawing) asks() bool {
	return len(d.lane.Last) > 0 && d.lane.Last[0].AskStaff && !d.lane.Last[0].Admit && d.st.At-d.lane.Last[0].At < showAsk.Milliseconds()
}

// people is how many are inside, where the hub tells it, or how many this lane has let in.
func (d drawing) people() string {
	if in := d.lane.Inside; !d.st.Hub.Up {
		return fmt.Sprintf(d.words.Text.Entered, d.number(d.lane.In)) // what the hub said last is no news
	} else if in != nil && in.Capacity > 0 {
		return fmt.Sprintf(d.words.Text.Of, d.number(in.Count), d.number(in.Capacity))
	} else if in != nil {
		return fmt.Sprintf(d.words.Text.Inside, d.number(in.Count))
	}
	return fmt.Sprintf(d.words.Text.Entered, d.number(d.lane.In))
}

// moods of what a lane shows for a moment.
var noticeMoods = map[string]Mood{"unknown_badge": Refuse, "other_door": Refuse, "not_supervisor": Refuse, "not_now": Attend, "slow": Attend}

func (d drawing) notice(v *View) {
	said := d.words.Notices[d.lane.Notice]
	v.Mood, v.Word, v.Why, v.Notice = Rest, said.Word, said.Why, d.lane.Notice
	if mood, known := noticeMoods[d.lane.Notice]; known {
		v.Mood = mood
	}
}

func (d drawing) verdict(v *View, s lane.Shown) {
	said := d.words.Reasons[s.Reason]
	v.Mood, v.Word, v.Why, v.Scan = Refuse, said.Word, said.Why, s.Scan.String()
	switch {
	case s.Admit && s.Attention != 0 && !s.Exit:
		look := d.words.Look[flagNames[lowestBit(s.Attention)]]
		v.Mood, v.Word, v.Why = Attend, look.Word, fmt.Sprintf(look.Why, or(s.Kind, s.Event))
	case s.Admit && s.Exit:
		v.Mood, v.Word = Admit, d.words.Reasons[admit.NotInside].Word
		if s.Reason == admit.OK {
			v.Why = ""
		}
	case s.Admit:
		v.Mood = Admit
		v.Why = strings.TrimSpace(strings.Join(without("", s.Kind, s.Seat), " · ") + " " + said.Why)
	case s.Reason == admit.Unknown && !d.listsReady():
		v.Mood, v.Word, v.Why = Attend, d.words.Screens["no_list"].Word, d.words.Screens["no_list"].Why
	default:
		v.Why = d.why(s, said.Why)
	}
	if d.lane.Mode == string(whitelist.Drill) {
		v.Why = d.words.Text.Drill
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
	text := d.words.Text
	var parts []string
	if s.UsedAt != 0 && d.clock(s.UsedAt, "2006-01-02") == d.clock(d.st.At, "2006-01-02") {
		parts = append(parts, fmt.Sprintf(text.UsedAt, d.clock(s.UsedAt, "15:04")))
	} else if s.UsedAt != 0 {
		parts = append(parts, fmt.Sprintf(text.UsedDay, d.clock(s.UsedAt, text.Day), d.clock(s.UsedAt, "15:04")))
	}
	if s.UsedGate != "" {
		place := fmt.Sprintf(text.UsedGate, s.UsedGate)
		if s.UsedLane != 0 {
			place += ", " + fmt.Sprintf(text.UsedLane, s.UsedLane)
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
	text := d.words.Text
	show := func(mood Mood, screen string) {
		v.Mood, v.Word, v.Why = mood, d.words.Screens[screen].Word, d.words.Screens[screen].Why
	}
	show(Rest, "rest")
	switch {
	case d.st.Fault != "":
		show(Attend, d.st.Fault)
	case d.lane.Mode == string(whitelist.Evacuation):
		show(Attend, "evacuation")
	case d.lane.Fire:
		show(Attend, "fire")
	case d.lane.Output == output.Failed:
		show(Attend, "stuck")
	case d.lane.Tamper:
		show(Attend, "tamper")
	case d.lane.Scanner == scanner.Gone:
		show(Attend, d.fault())
	case !d.listsReady():
		show(Attend, "no_list")
	case d.lane.Mode == string(whitelist.Closed):
		show(Rest, "closed")
	case d.lane.NeedsStaff && d.lane.Controller == "":
		said := d.words.Reasons[admit.NoController]
		v.Mood, v.Word, v.Why = Attend, said.Word, said.Why
	case d.lane.Message != "" && d.st.At-d.lane.MessageAt < showMessage.Milliseconds():
		v.Why = d.lane.Message
	case d.lane.Mode == string(whitelist.Drill):
		v.Why = text.Drill
	case d.missing() != "":
		v.Why = d.missing()
	case !d.st.Hub.Up && d.lane.Policy == string(whitelist.Strict):
		v.Why = text.Strict
	case !d.st.Hub.Up && d.st.Hub.Heard == 0:
		v.Why = text.Alone
	case !d.st.Hub.Up:
		v.Why = fmt.Sprintf(text.AloneLong, d.age(d.st.At-d.st.Hub.Heard))
	}
}

// fault is the screen for a lane that nothing can be scanned at: what can be mended at the machine comes before a cable.
func (d drawing) fault() string {
	for _, s := range d.lane.Scanners {
		if s.Fault == scanner.Busy || s.Fault == scanner.Denied {
			return string(s.Fault)
		}
	}
	return string(scanner.Unplugged)
}

// missing says how many of several scanners are plugged in, when not all are.
func (d drawing) missing() string {
	ready := 0
	for _, s := range d.lane.Scanners {
		if s.State == scanner.Ready {
			ready++
		}
	}
	if ready == len(d.lane.Scanners) {
		return ""
	}
	return fmt.Sprintf(d.words.Text.Scanners, ready, len(d.lane.Scanners))
}

func (d drawing) listsReady() bool {
	for _, l := range d.st.Lists {
		if l.Ready {
			return true
		}
	}
	return false
}
