package ticket

import (
	"errors"
	"fmt"
)

// Two answers to a text that is no code. A caller tells them apart with errors.Is: the first may still be another
// seller's code, the second was ours once and was damaged, cut or retyped.
var (
	ErrNotOurs   = errors.New("not one of our codes")
	ErrMalformed = errors.New("looks like one of our codes, but is malformed")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}
