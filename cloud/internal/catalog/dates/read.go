package dates

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"portaria/cloud/internal/fault"
)

const (
	maxLine  = 500 // bytes of one line
	firstDay = 2000
	lastDay  = 2100
)

var (
	isoDay   = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})`)
	localDay = regexp.MustCompile(`^(\d{1,2})[/.](\d{1,2})[/.](\d{4})`)
	oneClock = regexp.MustCompile(`^(\d{1,2})(?:[:h](\d{2})|h)(?::00)?$`)
)

// ReadDay reads 2026-12-05, 5/12/2026 or 5.12.2026: the day before the month, as most of the world writes it. It gives
// what stands after it, too.
func ReadDay(text string) (d Day, rest string, ok bool) {
	text = strings.TrimSpace(text)
	var y, m, n string
	if x := isoDay.FindStringSubmatch(text); x != nil {
		y, m, n, rest = x[1], x[2], x[3], text[len(x[0]):]
	} else if x := localDay.FindStringSubmatch(text); x != nil {
		n, m, y, rest = x[1], x[2], x[3], text[len(x[0]):]
	} else {
		return d, text, false
	}
	num := func(s string) int { i, _ := strconv.Atoi(s); return i } // digits, few of them
	return Day{num(y), time.Month(num(m)), num(n)}, strings.TrimLeft(rest, "T \u00a0"), true
}

// Real says whether the calendar has the day, between 2000 and 2100.
func (d Day) Real() bool { return DayOf(d.noon()) == d && d.Year >= firstDay && d.Year <= lastDay }

// ReadClocks reads 20:00, 20h or 20h30, and several parted by commas, spaces, "e" or "and".
func ReadClocks(text string) (out []Clock, ok bool) {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ',' || r == ' ' || r == '\u00a0' || r == '+' })
	for _, w := range words {
		if w == "e" || w == "and" || w == "às" || w == "as" {
			continue
		}
		x := oneClock.FindStringSubmatch(w)
		if x == nil {
			return nil, false
		}
		hour, _ := strconv.Atoi(x[1])
		minute, _ := strconv.Atoi(x[2]) // "" is 0
		if hour > 23 || minute > 59 {
			return nil, false
		}
		out = append(out, Clock{hour, minute})
	}
	return out, len(out) > 0
}

// Read reads one date from each line: "2026-12-05 20:00; Teatro Guaíra; Name", with tabs as well, as spreadsheets
// give them; venue and name may be left out, and there may be several times. Lines that could not be read are told
// by their Wrong. ErrTooMany.
func Read(text string) ([]Want, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if strings.Count(text, "\n") > 4*Most || len(text) > 8*Most*maxLine/10 {
		return nil, ErrTooMany
	}
	var out []Want
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		out = append(out, readLine(i+1, line)...)
		if len(out) > Most {
			return nil, ErrTooMany
		}
	}
	if len(out) == 0 {
		return nil, fault.On("lines", "Write one date on each line, such as 2026-12-05 20:00.")
	}
	return out, nil
}

func readLine(n int, line string) []Want {
	w := Want{Line: n, Text: strings.ToValidUTF8(line[:min(len(line), maxLine)], "")}
	parts := strings.FieldsFunc(strings.TrimSpace(w.Text), func(r rune) bool { return r == ';' || r == '\t' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	if len(parts) == 0 {
		w.Wrong = NoDate
		return []Want{w}
	}
	day, rest, ok := ReadDay(parts[0])
	parts = parts[1:]
	if !ok {
		w.Wrong = NoDate
		return []Want{w}
	}
	if w.Day = day; !day.Real() {
		w.Wrong = BadDay
		return []Want{w}
	}
	if rest == "" && len(parts) > 0 { // a column of its own
		rest, parts = parts[0], parts[1:]
	}
	clocks, ok := ReadClocks(rest)
	if !ok {
		w.Wrong = NoClock
		return []Want{w}
	}
	if len(parts) > 0 {
		w.Venue = parts[0]
	}
	if len(parts) > 1 {
		w.Name = parts[1]
	}
	out := make([]Want, len(clocks))
	for i, c := range clocks {
		out[i] = w
		out[i].Clock = c
	}
	return out
}
