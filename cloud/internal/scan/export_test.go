package scan

import (
	"time"

	"github.com/google/uuid"

	"portaria/edge/admit"
)

// Pace is pace, for tests.
type Pace struct{ pace }

func (p *Pace) Take(venue uuid.UUID, device, owner string, now time.Time) error {
	return p.take(venue, device, owner, now)
}

func (p *Pace) Saw(venue uuid.UUID, gate, owner string, r admit.Reason, now time.Time) {
	p.saw(venue, gate, owner, r, now)
}

func (p *Pace) Bring(venue uuid.UUID, device, owner string, records int, now time.Time) error {
	return p.bring(venue, device, owner, records, now)
}
