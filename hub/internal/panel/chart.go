package panel

import (
	"strconv"
	"time"

	"portaria/hub/internal/tally"
)

// step is the width of a bar.
const step = 5 * time.Minute

// The chart's own measures.
const (
	chartWidth, chartHeight = 640, 220
	chartLeft, chartTop     = 40, 16
	chartBottom             = 186
	maxBars                 = 72 // six hours
)

// chart is people in and out per five minutes, as rectangles that start at zero.
type chart struct {
	Bars  []bar
	Lines []line
	Hours []label
}

type bar struct {
	At          string // "19:35"
	In, Out     int
	X, W        float64
	InY, InH    float64
	OutY, OutH  float64
	Unfinished  bool
	Refused     int
	OutX, HalfW float64
}

type line struct {
	Y     float64
	Label string
}

type label struct {
	X    float64
	Text string
}

// draw sums the doors of each five minutes, from the first one in which something happened until now.
func draw(slots []tally.Slot, now time.Time, zone *time.Location) chart {
	sums := map[int64]*tally.Count{}
	last := now.Truncate(step).Unix()
	first := last
	for _, s := range slots {
		if sums[s.From] == nil {
			sums[s.From] = &tally.Count{}
		}
		sum := sums[s.From]
		sum.In, sum.Out, sum.Refused = sum.In+s.Count.In, sum.Out+s.Count.Out, sum.Refused+s.Count.Refused
		first = min(first, s.From)
	}
	first = max(first, last-(maxBars-1)*int64(step/time.Second))
	var c chart
	most := 0
	for at := first; at <= last; at += int64(step / time.Second) {
		b := bar{At: time.Unix(at, 0).In(zone).Format("15:04"), Unfinished: at == last}
		if sum := sums[at]; sum != nil {
			b.In, b.Out, b.Refused = sum.In, sum.Out, sum.Refused
		}
		most = max(most, b.In, b.Out)
		c.Bars = append(c.Bars, b)
	}
	c.place(ceiling(most))
	return c
}

func (c *chart) place(top int) {
	height := float64(chartBottom - chartTop)
	each := float64(chartWidth-chartLeft-10) / float64(max(len(c.Bars), 12))
	every := max(1, (len(c.Bars)+5)/6)
	for i := range c.Bars {
		b := &c.Bars[i]
		b.X, b.W = chartLeft+6+float64(i)*each, each*.8
		b.HalfW, b.OutX = b.W*.5, b.X+b.W*.5
		b.InH, b.OutH = float64(b.In)/float64(top)*height, float64(b.Out)/float64(top)*height
		b.InY, b.OutY = chartBottom-b.InH, chartBottom-b.OutH
		if i%every == 0 {
			c.Hours = append(c.Hours, label{b.X, b.At})
		}
	}
	for i := range 5 {
		c.Lines = append(c.Lines, line{chartBottom - height*float64(i)/4, strconv.Itoa(top * i / 4)})
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
