package device

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// maxLine is the longest code that is taken from another program, in bytes: beyond what any bar code can hold, so that
// a gate can be shown one that is too long.
const maxLine = 64 << 10

// SocketOf is where a virtual scanner behind a link listens for codes.
func SocketOf(link string) string { return link + ".sock" }

// Listen opens the socket of a scanner's link. It refuses to take the place of a scanner that is alive.
func Listen(link string) (net.Listener, error) {
	path := SocketOf(link)
	if alive, err := net.Dial("unix", path); err == nil {
		_ = alive.Close()
		return nil, fmt.Errorf("listen for codes: another virtual scanner holds %s", link)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		_ = os.Remove(path) // left behind by one that was killed
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for codes: %w", err)
	}
	return listener, nil
}

// Serve types the lines that come over the listener, and answers each with "ok" once a gate has read it, or "error: "
// and why. It ends when ctx does.
func (s *Scanner) Serve(ctx context.Context, listener net.Listener) error {
	var clients sync.WaitGroup
	defer clients.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	for {
		client, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("take codes: %w", err)
		}
		clients.Go(func() { s.client(ctx, client) })
	}
}

func (s *Scanner) client(ctx context.Context, client net.Conn) {
	defer client.Close()
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	defer stop()
	_ = s.Lines(ctx, client, func(err error) {
		answer := "ok\n"
		if err != nil {
			answer = "error: " + err.Error() + "\n"
		}
		_, _ = io.WriteString(client, answer) // a client that has left needs no answer
	})
}

// Lines types every line of r as a code and tells how each went. Empty lines are skipped.
func (s *Scanner) Lines(ctx context.Context, r io.Reader, typed func(error)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if code := strings.TrimSuffix(lines.Text(), "\r"); code != "" {
			typed(s.scanAndWait(ctx, code))
		}
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("read codes to type: %w", err)
	}
	return nil
}

func (s *Scanner) scanAndWait(ctx context.Context, code string) error {
	ctx, cancel := context.WithTimeout(ctx, stuck)
	defer cancel()
	if err := s.Scan(ctx, code); err != nil {
		return err
	}
	return s.Taken(ctx)
}

// ErrNoScanner says that nothing listens behind the link.
var ErrNoScanner = errors.New("no virtual scanner is there")

// Send has the virtual scanner behind a link, in another process, type a code. It returns when a gate has read it.
func Send(ctx context.Context, link, code string) error {
	if strings.ContainsAny(code, "\r\n") {
		return errors.New("send a code to a virtual scanner: it has more than one line")
	}
	var dialer net.Dialer
	server, err := dialer.DialContext(ctx, "unix", SocketOf(link))
	if err != nil {
		return fmt.Errorf("send a code to the virtual scanner at %s: %w", link, ErrNoScanner)
	}
	defer server.Close()
	_ = server.SetDeadline(time.Now().Add(2 * stuck))
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if _, err := io.WriteString(server, code+"\n"); err != nil {
		return fmt.Errorf("send a code to the virtual scanner at %s: %w", link, err)
	}
	answer, err := bufio.NewReader(server).ReadString('\n')
	if err != nil {
		return fmt.Errorf("send a code to the virtual scanner at %s: no answer: %w", link, err)
	}
	if why, failed := strings.CutPrefix(strings.TrimSpace(answer), "error: "); failed {
		return errors.New(why)
	}
	return nil
}
