package join

import "time"

// Pace slows down who knocks: in 20 seconds so many from one address and so many in all. It is not safe for concurrent
// use.
type Pace struct {
	PerAddress, All int

	begun time.Time
	from  map[string]int
	count int
}

const paceWindow = 20 * time.Second

// Take says whether one more may be heard.
func (p *Pace) Take(from string, now time.Time) bool {
	if p.from == nil || now.Sub(p.begun) >= paceWindow {
		p.begun, p.from, p.count = now, map[string]int{}, 0
	}
	p.count++
	p.from[from]++
	return p.from[from] <= p.PerAddress && p.count <= p.All
}
