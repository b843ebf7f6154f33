package whitelist

import (
	"errors"
	"fmt"
)

// Kinds of refusal; match them with errors.Is. Whoever meets one keeps what it holds and reports.
var (
	ErrMalformed   = errors.New("malformed")                        // not what the format says: cut, trailing bytes, out of order, over a limit
	ErrWrongSigner = errors.New("not signed by whom it should be")  // a signature, the platform, the organizer or the event is another's
	ErrExpired     = errors.New("signed by an expired key")         // a delegation had ended
	ErrLowerEpoch  = errors.New("older than what is already held")  // a list or venue manifest from the past
	ErrSameEpoch   = errors.New("already held")                     // nothing new; not an incident
	ErrMixed       = errors.New("not the part the manifest states") // bucket, index, rules and root do not belong together
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// DuplicateError lists keys that stand more than once where each may stand once. It is ErrMalformed too.
type DuplicateError struct{ Keys []Key }

// Error names how many there are, and the first.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%d keys are listed more than once, the first is %s", len(e.Keys), e.Keys[0])
}

// Is makes a duplicate malformed.
func (e *DuplicateError) Is(target error) bool { return target == ErrMalformed }
