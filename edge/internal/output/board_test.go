package output_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/output"
)

type heard struct {
	mu  sync.Mutex
	all []output.Happening
}

func (h *heard) hear(_ int, what output.Happening) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, what)
}

func (h *heard) kinds() (kinds []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, what := range h.all {
		kinds = append(kinds, what.Kind)
	}
	return kinds
}

// wires record what is switched, and fail when told to.
type wires struct {
	mu      sync.Mutex
	on      map[string]bool
	broken  error
	closed  int
	changed func(string, bool)
	failed  func(error)
}

func (w *wires) lane(t *testing.T, name string) output.Lane {
	return output.Lane{Number: 1, Profile: profile(t, name), Open: func(changed func(string, bool), failed func(error)) (output.Wires, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.broken != nil {
			return nil, w.broken
		}
		w.on, w.changed, w.failed = map[string]bool{}, changed, failed
		return w, nil
	}}
}

func (w *wires) Set(line string, on bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	w.on[line] = on
	return nil
}

func (w *wires) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed++
	clear(w.on)
	return nil
}

func (w *wires) level(line string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.on[line]
}

func (w *wires) breakDown(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = err
}

func wait(d time.Duration) { // virtual: only within synctest
	time.Sleep(d)
	synctest.Wait()
}

func TestABoardPulsesInRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, h := &wires{}, &heard{}
		b := output.NewBoard([]output.Lane{w.lane(t, "perco-turnstile")})
		b.Start(h.hear)
		require.NoError(t, b.Pulse(1, admit.ScanID{1}, false))
		b.Say(1, output.SayAdmit)
		assert.True(t, w.level("unlock_a"))
		wait(99 * time.Millisecond)
		assert.True(t, w.level("unlock_a"))
		wait(2 * time.Millisecond)
		assert.False(t, w.level("unlock_a"))
		assert.True(t, w.level("lamp_green"))
		w.changed("passage_a", true)
		wait(time.Second)
		assert.Equal(t, []string{output.Passed}, h.kinds())
		require.NoError(t, b.Release(1))
		b.Close()
		assert.False(t, w.level("lamp_green"), "all at rest")
		b.Close()
		assert.Equal(t, 1, w.closed)
	})
}

func TestAFailingDeviceIsToldOnceAndTakenUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, h := &wires{broken: errors.New("no such chip")}, &heard{}
		b := output.NewBoard([]output.Lane{w.lane(t, "perco-turnstile")})
		b.Start(h.hear)
		defer b.Close()
		assert.Error(t, b.Pulse(1, admit.ScanID{1}, false), "nothing can open")
		wait(10 * time.Second)
		assert.Equal(t, []string{output.Failed}, h.kinds())

		w.breakDown(nil)
		wait(2 * time.Second)
		assert.Equal(t, []string{output.Failed, output.Ready}, h.kinds())
		assert.False(t, w.level("unlock_a"), "the pulse of long ago is not made up for")
		require.NoError(t, b.Pulse(1, admit.ScanID{2}, false))
		assert.True(t, w.level("unlock_a"))

		w.breakDown(errors.New("input/output error"))
		wait(time.Second)
		assert.Equal(t, []string{output.Failed, output.Ready, output.Failed}, h.kinds(), "the pulse could not be ended")
		w.breakDown(nil)
		wait(2 * time.Second)
		w.failed(errors.New("unplugged"))
		wait(2 * time.Second)
		assert.Len(t, h.kinds(), 6)
		assert.Equal(t, "unplugged", h.all[4].Why)
	})
}

func TestNewWiresShowTheSignOfNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, h := &wires{}, &heard{}
		b := output.NewBoard([]output.Lane{w.lane(t, "handheld-post")})
		b.Start(h.hear)
		defer b.Close()
		w.failed(errors.New("unplugged"))
		b.Say(1, output.SayAdmit)
		wait(1500 * time.Millisecond)
		assert.True(t, w.level("lamp_green"))
	})
}

func TestARelayMovesOnceForAScan(t *testing.T) {
	w := &wires{}
	b := output.NewBoard([]output.Lane{w.lane(t, "perco-turnstile")})
	b.Start(func(int, output.Happening) {})
	require.NoError(t, b.Pulse(1, admit.ScanID{1}, false))
	assert.ErrorIs(t, b.Pulse(1, admit.ScanID{1}, true), output.ErrDoubled)
	assert.ErrorIs(t, b.Pulse(9, admit.ScanID{3}, false), output.ErrNoLane)
	assert.ErrorIs(t, b.Release(9), output.ErrNoLane)
	assert.Nil(t, b.Lines(9))
	assert.True(t, b.Lines(1)["unlock_a"])
	for n := range 2000 {
		require.NoError(t, b.Pulse(1, admit.ScanID{byte(n >> 8), byte(n), 1}, false))
	}
	assert.Len(t, b.Scans(), 1000, "and what it remembers is bounded")
	b.Close()
	assert.ErrorIs(t, b.Pulse(1, admit.ScanID{5, 5, 5, 5}, false), output.ErrOff)
}
