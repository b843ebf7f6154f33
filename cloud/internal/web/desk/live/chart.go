package live

import (
	"fmt"
	"time"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/locale"
)

// The chart's own measures.
const (
	chartWidth, chartHeight = 640, 220
	chartLeft, chartTop     = 44, 16
	chartBottom             = 186
	maxBars                 = 72 // six hours
)

// chart is people in and out per five minutes, as rectangles that start at zero.
type chart struct {
	Bars  []bar
	Lines []line
	Hours []label
	Rows  []bar // all of them, for the table
	Odd   int   // people and refusals at times that can't be
}

type bar struct {
	At              string // "19:35"
	In, Out         int
	InN, OutN, RefN string
	X, HalfW, OutX  float64
	InY, InH        float64
	OutY, OutH      float64
	Unfinished      bool
}

type line struct {
	Y     float64
	Label string
}

type label struct {
	X    float64
	Text string
}

// draw shows every five minutes from the first in which something happened until now, or until the last of an evening
// that is over. What gates with a wrong clock wrote down at other times is only told.
func draw(l locale.Locale, slots []attendance.Slot, x *subject, now time.Time) (c chart) {
	by, last := map[int64]attendance.Slot{}, int64(0)
	first := attendance.SlotOf(x.scope.Until.Add(around).UnixMilli())
	for _, s := range slots {
		if s.At.Before(x.scope.From.Add(-around)) || s.At.After(x.scope.Until.Add(around)) {
			c.Odd += s.In + s.Out + s.Refused
			continue
		}
		slot := attendance.SlotOf(s.At.UnixMilli())
		by[slot], first, last = s, min(first, slot), max(last, slot)
	}
	if len(by) == 0 {
		return c
	}
	if present := attendance.SlotOf(now.UnixMilli()); present > last && present-last < maxBars {
		last = present
	}
	most, both := 0, false
	for at := first; at <= last; at++ {
		s := by[at]
		c.Rows = append(c.Rows, bar{At: l.Clock(attendance.TimeOf(at).In(x.Zone)), In: s.In, Out: s.Out,
			Unfinished: at == attendance.SlotOf(now.UnixMilli()),
			InN:        l.Number(int64(s.In)), OutN: l.Number(int64(s.Out)), RefN: l.Number(int64(s.Refused))})
	}
	c.Bars = append([]bar{}, c.Rows[max(0, len(c.Rows)-maxBars):]...)
	for _, b := range c.Bars {
		most, both = max(most, b.In, b.Out), both || b.Out > 0
	}
	c.place(l, ceiling(most), both)
	return c
}

// place draws the bars of people who left beside those who came, where anybody left.
func (c *chart) place(l locale.Locale, top int, both bool) {
	height := float64(chartBottom - chartTop)
	each := float64(chartWidth-chartLeft-10) / float64(max(len(c.Bars), 12))
	every := max(1, (len(c.Bars)+5)/6)
	for i := range c.Bars {
		b := &c.Bars[i]
		b.X, b.HalfW = chartLeft+6+float64(i)*each, each*.4
		b.OutX = b.X + b.HalfW
		if !both {
			b.HalfW *= 2
		}
		b.InH, b.OutH = float64(b.In)/float64(top)*height, float64(b.Out)/float64(top)*height
		b.InY, b.OutY = chartBottom-b.InH, chartBottom-b.OutH
		if i%every == 0 {
			c.Hours = append(c.Hours, label{b.X, b.At})
		}
	}
	for i := range 5 {
		c.Lines = append(c.Lines, line{chartBottom - height*float64(i)/4, l.Number(int64(top * i / 4))})
	}
}

// ceiling is the next number above that divides well by four.
func ceiling(n int) int {
	for unit := 4; ; unit *= 10 {
		for _, times := range []int{1, 2, 5} {
			if n <= unit*times {
				return unit * times
			}
		}
	}
}

// span is a time span in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", int(max(d, 0).Seconds()))
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 36*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}
