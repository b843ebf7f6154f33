package session

import "time"

// Watch is a watch over connections.
type Watch struct{ w watch }

// NewWatch is one that gives a connection up after so much silence.
func NewWatch(silence time.Duration) *Watch { return &Watch{watch{silence: silence}} }

// Begin is a new connection, that many seconds after the first.
func (w *Watch) Begin(second int, heard uint64) { w.w.begin(time.Unix(int64(second), 0), heard) }

// Keeps says whether the connection is kept.
func (w *Watch) Keeps(second int, open bool, heard uint64) bool {
	return w.w.look(time.Unix(int64(second), 0), open, heard) == nil
}
