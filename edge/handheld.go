package edge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/internal/handheld"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/panel"
	"portaria/edge/internal/scanner"
)

// Handhelds is where telephones and handheld scanners bring their codes: those of lanes whose scanner is "network".
type Handhelds struct {
	Listen string `toml:"listen"` // host:port; empty = none
	Cert   string `toml:"cert"`   // PEM files for HTTPS, both or none
	Key    string `toml:"key"`
}

// minToken is the shortest token of a handheld, in characters.
const minToken = 20

func (h Handhelds) validate(lanes []Lane) error {
	wanted := false
	for _, l := range lanes {
		for _, device := range l.scanners() {
			wanted = wanted || device.Scanner == network
		}
	}
	switch {
	case h.Listen == "" && wanted:
		return fmt.Errorf("handhelds.listen: give host:port, for a lane's scanner is %q", network)
	case h.Listen == "":
		return nil
	case !wanted:
		return fmt.Errorf("handhelds.listen: no lane has scanner = %q", network)
	case (h.Cert == "") != (h.Key == ""):
		return errors.New("handhelds.cert, handhelds.key: give both files, or neither")
	}
	host, _, err := net.SplitHostPort(h.Listen)
	if err != nil {
		return fmt.Errorf("handhelds.listen: %q is not like 0.0.0.0:8443", h.Listen)
	}
	if h.Cert != "" {
		return nil
	}
	return checkPlain("handhelds.listen", host)
}

func (n *node) openHandhelds() (err error) {
	if n.cfg.Handhelds.Listen == "" {
		return nil
	}
	for _, l := range n.cfg.Lanes {
		for _, device := range l.scanners() {
			if device.Scanner != network {
				continue
			}
			token, err := readSecret(fmt.Sprintf("token_file of lane %d", l.Number), device.TokenFile, minToken)
			if err != nil {
				return err
			}
			n.tokens = append(n.tokens, handheld.Lane{Number: l.Number, Token: token})
		}
	}
	if n.phones, err = net.Listen("tcp", n.cfg.Handhelds.Listen); err != nil {
		return fmt.Errorf("open the handhelds' port; is another program on it? Set handhelds.listen: %w", err)
	}
	return nil
}

func (n *node) serveHandhelds(ctx context.Context, running *sync.WaitGroup) {
	if n.phones == nil {
		return
	}
	server := &http.Server{
		Handler:           handheld.Handler(phones{n}, n.tokens, n.log),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 15 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 8 << 10, BaseContext: func(net.Listener) context.Context { return ctx },
	}
	for _, l := range n.tokens {
		n.driver.DeviceChanged(ctx, l.Number, network, scanner.Ready, nil)
	}
	running.Go(func() {
		if err := (Panel{Cert: n.cfg.Handhelds.Cert, Key: n.cfg.Handhelds.Key}).serve(server, n.phones); !errors.Is(err, http.ErrServerClosed) {
			n.log.Error("handhelds are served no more", "why", err)
			for _, l := range n.tokens {
				n.driver.DeviceChanged(ctx, l.Number, network, scanner.Gone, err)
			}
		}
	})
	running.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
}

// phones is the gate as handhelds see it.
type phones struct{ *node }

// Read takes a code as if the lane's scanner had read it.
func (p phones) Read(ctx context.Context, number int, r scanner.Reading) admit.ScanID {
	place, _ := p.laneOf(number)
	return p.read(ctx, place, r)
}

// Answer is what the lane's screen says.
func (p phones) Answer(number int, language string) (view any, scan admit.ScanID) {
	st := p.driver.Status()
	seen, _ := panel.See(st, number, language)
	for _, l := range st.Lanes {
		if l.Lane == number && len(l.Last) > 0 {
			scan = l.Last[0].Scan
		}
	}
	return seen, scan
}

// Changed is closed at the next change.
func (p phones) Changed() <-chan struct{} { return p.driver.Changed() }

func (n *node) laneOf(number int) (lane.Place, bool) {
	for _, l := range n.cfg.Lanes {
		if l.Number == number {
			return l.place(), true
		}
	}
	return lane.Place{}, false
}
