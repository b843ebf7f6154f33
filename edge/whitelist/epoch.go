package whitelist

import (
	"fmt"
	"time"
)

// MaxEpoch is the highest epoch, so that every JSON reader keeps it exact.
const MaxEpoch = 1<<53 - 1

// MinGood is how far ahead of its issue a list or venue manifest is good at least: a long weekend with no network.
const MinGood = 8 * 24 * time.Hour

// NextEpoch is the epoch after last: unix milliseconds, so that a cloud which forgot its last one still rises, and
// one more than last where the clock went back.
func NextEpoch(last uint64, now time.Time) uint64 {
	return max(last+1, uint64(max(now.UnixMilli(), 0)))
}

// CheckNewer judges an offered epoch by the floor: the highest epoch ever accepted, persisted before the first use of
// what it names. Nil means newer; ErrSameEpoch that there is nothing to do; ErrLowerEpoch an attempt to turn time
// back, to be reported.
func CheckNewer(have, got uint64) error {
	switch {
	case got > have || mutantEpochFloorForgotten && got != have:
		return nil
	case got == have:
		return fmt.Errorf("epoch %d: %w", got, ErrSameEpoch)
	}
	return fmt.Errorf("epoch %d, held %d: %w", got, have, ErrLowerEpoch)
}

// checkTerm is what every signed manifest's epoch and times must satisfy.
func checkTerm(epoch uint64, issued, goodUntil time.Time) error {
	switch {
	case epoch == 0 || epoch > MaxEpoch:
		return malformed("epoch %d is not in 1..%d", epoch, uint64(MaxEpoch))
	case issued.Unix() < 0 || goodUntil.Unix() > maxSeconds:
		return malformed("issued %s, good until %s: out of range", issued, goodUntil)
	case goodUntil.Sub(issued) < MinGood:
		return malformed("good until %s, less than %s after its issue", goodUntil.UTC().Format(time.RFC3339), MinGood)
	}
	return nil
}
