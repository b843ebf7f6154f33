package edge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner"
)

// Panel is the gate's face. Who stands at the gate may act on it; who sees it over the network only sees, until the
// screen has shown the access code.
type Panel struct {
	// FaultTime is how long the screens of a gate that can't start say so; 0 = five seconds.
	FaultTime time.Duration `toml:"-"`

	Listen   string `toml:"listen"`    // host:port; empty = none
	CodeFile string `toml:"code_file"` // holds the access code; empty = only at the gate itself
	Cert     string `toml:"cert"`      // PEM files for HTTPS, both or none
	Key      string `toml:"key"`
}

// minCode is the shortest access code, in characters.
const minCode = 12

func (p Panel) validate() error {
	if p.Listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(p.Listen)
	if err != nil {
		return fmt.Errorf("panel.listen: %q is not like 127.0.0.1:8090", p.Listen)
	}
	if (p.Cert == "") != (p.Key == "") {
		return errors.New("panel.cert, panel.key: give both files, or neither")
	}
	if p.Cert != "" {
		return nil
	}
	return checkPlain("panel.listen", host)
}

// accessCode reads the code with which a screen elsewhere may act.
func (p Panel) accessCode() (string, error) {
	if p.CodeFile == "" {
		return "", nil
	}
	return readSecret("panel.code_file", p.CodeFile, minCode)
}

// readSecret reads a secret of one line from a file.
func readSecret(key, path string, least int) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	text := strings.TrimSpace(string(raw))
	if len(text) < least || len(text) > 200 || strings.ContainsAny(text, " \t\r\n") {
		return "", fmt.Errorf("%s: %s does not hold one word of %d to 200 characters", key, path, least)
	}
	return text, nil
}

func (p Panel) serve(server *http.Server, on net.Listener) error {
	if p.Cert != "" {
		return server.ServeTLS(on, p.Cert, p.Key)
	}
	return server.Serve(on)
}

// hands is what people do at a lane without its scanner.
type hands struct{ *node }

func (n *node) hands() hands { return hands{n} }

// Look tells what is known of a code.
func (h hands) Look(ctx context.Context, number int, text string) (lane.Found, error) {
	return h.driver.Look(ctx, number, text)
}

// Typed takes a code that somebody typed as if the lane's scanner had read it.
func (h hands) Typed(ctx context.Context, number int, text string) {
	if place, ok := h.laneOf(number); ok {
		h.read(ctx, place, scanner.Clean(text))
	}
}

// Tested tries a lane's lamps.
func (h hands) Tested(ctx context.Context, number int) { h.driver.Tested(ctx, number) }
