package scanner_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/scanner"
)

func TestEachFaultOfAScannerHasItsWord(t *testing.T) {
	for _, row := range []struct {
		what string
		err  error
		want scanner.Fault
	}{
		{"another program holds the lock", fmt.Errorf("lock it: %w", unix.EWOULDBLOCK), scanner.Busy},
		{"another program grabbed the keyboard", fmt.Errorf("take it: %w", unix.EBUSY), scanner.Busy},
		{"a camera's library keeps only the words", errors.New("start the camera: another program uses it: device or resource busy"), scanner.Busy},
		{"the user is not in the group", &fs.PathError{Op: "open", Err: unix.EACCES}, scanner.Denied},
		{"nothing is there", fs.ErrNotExist, scanner.Unplugged},
		{"it went away", errors.New("hung up"), scanner.Unplugged},
		{"nobody knows", nil, scanner.Unplugged},
	} {
		assert.Equal(t, row.want, scanner.FaultOf(row.err), row.what)
	}
}
