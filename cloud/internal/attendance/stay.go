package attendance

import (
	"context"
	"time"
)

// Stays is what only the records can tell, of an event that is over or under way. It reads all of them: for the page of
// an event's history, not for one that asks again.
type Stays interface {
	Stay(ctx context.Context, s Scope) (Stay, error)
	// Flow gives the kept numbers of people line by line, from an offset on: for files.
	Flow(ctx context.Context, s Scope, offset, limit int) ([]Flow, error)
}

// Stay is how long people stayed, where their leaving was scanned.
type Stay struct {
	People      int // stays that ended
	Median, P90 time.Duration
	First, Last time.Time // people who came in; zero = nobody
}

// Flow is people, or refused scans, at a gate's door in five minutes.
type Flow struct {
	At         time.Time
	Gate, Door string
	From, To   string
	What       What
	Which      string
	N          int
}
