package panel

import (
	"fmt"
	"strconv"
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// foot says how far what is above can be relied on. Silence is never shown as health.
func (d drawing) foot(v *View) {
	text := d.words.Text
	v.List, v.Hub = text.NoLists, text.HubDown
	if newest := d.newestList(); newest != 0 {
		v.List = fmt.Sprintf(text.List, d.age(d.st.At-newest*1000))
	}
	switch {
	case d.st.Hub.Up && !d.st.Hub.Cloud:
		v.Hub = text.HubUp + ", " + text.CloudDown
	case d.st.Hub.Up:
		v.Hub = text.HubUp
	}
	v.Duty = text.OffDuty
	if d.lane.Controller != "" {
		v.Duty = text.OnDuty
	}
	if d.st.Clock == admit.ClockIsUnset {
		v.Clock += " (" + text.Unsure + ")"
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
	return time.Unix(unix, 0).In(d.zone).Format(d.words.Text.Day + " 15:04")
}

// age is a number with its unit: "14 s", "3 min".
func (d drawing) age(millis int64) string {
	seconds := max(0, millis/1000)
	text := d.words.Text
	for i, unit := range []string{text.Seconds, text.Minutes, text.Hours} {
		if size := []int64{60, 60, 24}[i]; seconds < size {
			return strconv.FormatInt(seconds, 10) + "\u00a0" + unit
		} else {
			seconds /= size
		}
	}
	return strconv.FormatInt(seconds, 10) + "\u00a0" + text.Days
}

func (d drawing) number(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + d.words.Text.Thousands + digits[at:]
	}
	return digits
}

// flagNames are the attention flags by their bits.
var flagNames = []string{"check_document", "child", "wheelchair", "vip", "upgrade_owed"}

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
