package session

import (
	"errors"
	"fmt"
	"time"
)

const (
	unnoticed = 5 * time.Second // a connection that was lost this long ago is given up, though nobody has said so
	longest   = 16              // times Config.Silence
)

var errGone = errors.New("the connection is gone, and nobody said so")

// watch looks whether a connection still does what it is for. What it knows of silence outlives a connection.
type watch struct {
	silence time.Duration // after which the connection is given up; 0 = never
	heard   uint64        // messages, as last seen
	since   time.Time     // the last of them came, or the connection began
	open    time.Time     // the connection was last seen open
	again   int           // times silence that the next connection gets, if this one hears nothing either
}

func (w *watch) begin(now time.Time, heard uint64) {
	w.heard, w.since, w.open, w.again = heard, now, now, max(w.again, 1)
}

// look says why the connection should be given up.
func (w *watch) look(now time.Time, open bool, heard uint64) error {
	if open {
		w.open = now
	}
	if now.Sub(w.open) >= unnoticed {
		return errGone
	}
	if heard != w.heard {
		w.heard, w.since, w.again = heard, now, 1
	}
	if silent := now.Sub(w.since); w.silence > 0 && silent >= w.silence*time.Duration(w.again) {
		w.again = min(2*w.again, longest)
		return fmt.Errorf("nothing was heard for %s, though pings are answered", silent.Round(time.Second))
	}
	return nil
}
