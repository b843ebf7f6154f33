package output_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/output"
)

// stuckWires are those of a chip that never comes back from a call.
type stuckWires struct {
	*wires
	once         sync.Once
	asked, freed chan struct{}
}

func (w *stuckWires) Set(string, bool) error {
	w.once.Do(func() { close(w.asked) })
	<-w.freed
	return nil
}

func TestABoardProvesThatItsLinesCanBeSwitched(t *testing.T) {
	w := &wires{}
	stuck := &stuckWires{wires: w, asked: make(chan struct{}), freed: make(chan struct{})}
	lane := w.lane(t, "perco-turnstile")
	open := lane.Open
	lane.Open = func(changed func(string, bool), failed func(error)) (output.Wires, error) {
		if _, err := open(changed, failed); err != nil {
			return nil, err
		}
		return stuck, nil
	}
	board := output.NewBoard([]output.Lane{lane})
	board.Start(func(int, output.Happening) {})
	defer board.Close()
	require.NoError(t, board.Answers(t.Context()))

	moved := make(chan error, 1)
	go func() { moved <- board.Pulse(1, admit.ScanID{1}, false) }()
	<-stuck.asked
	soon, end := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer end()
	assert.ErrorIs(t, board.Answers(soon), output.ErrStuck)
	close(stuck.freed)
	assert.NoError(t, <-moved)
	assert.NoError(t, board.Answers(t.Context()))
}
