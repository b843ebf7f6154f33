// Package device stands in for what is plugged into a gate: serial scanners, as pseudo terminals that a gate opens like
// any other port. It knows how a scanner types a code; it does not know which codes there are.
package device

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// stuck is how long a line may refuse bytes before the gate counts as not reading: its buffer holds 4 KiB.
const stuck = 10 * time.Second

// Options of a virtual scanner. The zero value types at once and ends a code with CR, as most scanners do.
type Options struct {
	Link   string // a symbolic link to make, so that a gate finds the scanner again: its /dev/serial/by-id; empty = none
	Baud   int    // bits a second on the imagined wire, ten for a character; 0 = as fast as the line takes them
	Prefix string // before each code, such as the AIM identifier "]Q1"
	Suffix string // after each code; empty = CR
	// Heard gets what the gate sends to the scanner (its settings); may be nil. Called from one goroutine.
	Heard func([]byte)
}

// Scanner is a virtual serial scanner. Its methods may be called from several goroutines; codes never mix.
type Scanner struct {
	options Options
	line    pty
	typing  sync.Mutex
	once    sync.Once
	drained chan struct{}
}

// Open plugs a scanner in. Close unplugs it.
func Open(o Options) (*Scanner, error) {
	if o.Suffix == "" {
		o.Suffix = "\r"
	}
	line, err := openPTY()
	if err != nil {
		return nil, err
	}
	if err := link(line.path, o.Link); err != nil {
		line.close()
		return nil, err
	}
	s := &Scanner{options: o, line: line, drained: make(chan struct{})}
	go s.listen()
	return s, nil
}

// Path is the port that a gate opens: the link, or the terminal where there is no link.
func (s *Scanner) Path() string {
	if s.options.Link != "" {
		return s.options.Link
	}
	return s.line.path
}

// Scan types a code as the scanner would: prefix, code, suffix, at the pace of the wire. It returns when the line has
// taken all of it, and fails when ctx ends or no gate reads.
func (s *Scanner) Scan(ctx context.Context, code string) error {
	s.typing.Lock()
	defer s.typing.Unlock()
	if err := s.write(ctx, []byte(s.options.Prefix+code+s.options.Suffix)); err != nil {
		return fmt.Errorf("type a code of %d characters at %s: %w", len(code), s.Path(), err)
	}
	return nil
}

// Taken waits until the gate has read all that was typed. The kernel passes bytes on from end to end in its own time,
// so only a line that stays empty for a while is believed.
func (s *Scanner) Taken(ctx context.Context) error {
	for empty := 0; ; {
		n, err := s.line.unread()
		if err != nil {
			return fmt.Errorf("look at the line of %s: %w", s.Path(), err)
		}
		if empty++; n > 0 {
			empty = 0
		}
		if empty == 4 {
			return nil
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return fmt.Errorf("wait for a gate to read %s (%d characters are left): %w", s.Path(), n, err)
		}
	}
}

// Close unplugs the scanner: a gate that reads it sees the port hang up and the link vanish.
func (s *Scanner) Close() {
	s.once.Do(func() {
		if target, err := os.Readlink(s.options.Link); err == nil && target == s.line.path {
			_ = os.Remove(s.options.Link)
		}
		s.line.close()
		<-s.drained
	})
}

func (s *Scanner) write(ctx context.Context, bytes []byte) error {
	if s.options.Baud <= 0 {
		return s.put(ctx, bytes)
	}
	started := time.Now()
	for i := range bytes {
		if wait := s.due(i) - time.Since(started); wait > 0 {
			if err := pause(ctx, wait); err != nil {
				return err
			}
		}
		if err := s.put(ctx, bytes[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// due is when a character is on the wire: start bit, eight bits and stop bit each.
func (s *Scanner) due(i int) time.Duration {
	return time.Duration(i) * 10 * time.Second / time.Duration(s.options.Baud)
}

func (s *Scanner) put(ctx context.Context, bytes []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.line.near.SetWriteDeadline(time.Now().Add(stuck)); err != nil {
		return err
	}
	release := context.AfterFunc(ctx, func() { _ = s.line.near.SetWriteDeadline(time.Unix(1, 0)) })
	defer release()
	_, err := s.line.near.Write(bytes)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("no gate has read the line for %s", stuck)
	}
	return err
}

// listen takes what the gate sends: left alone it would fill the line, and a gate that sets up its scanner would hang.
func (s *Scanner) listen() {
	defer close(s.drained)
	buffer := make([]byte, 512)
	for {
		n, err := s.line.near.Read(buffer)
		if err != nil {
			return
		}
		if s.options.Heard != nil {
			s.options.Heard(buffer[:n])
		}
	}
}

// link points path at the terminal in one step, so that a gate never sees half of a change.
func link(target, path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("link a virtual scanner: %s is there already and is no link", path)
	}
	fresh := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d", filepath.Base(path), os.Getpid()))
	_ = os.Remove(fresh)
	if err := os.Symlink(target, fresh); err != nil {
		return fmt.Errorf("link a virtual scanner: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		_ = os.Remove(fresh)
		return fmt.Errorf("link a virtual scanner: %w", err)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
