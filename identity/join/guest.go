package join

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"portaria/identity"
)

// Guest wants to join. It may be tried with one address after another.
type Guest struct {
	Invitation identity.Invitation
	Key        crypto.Signer
	CAKey      crypto.Signer // of a hub

	// Words shows people what to compare, once the host has proved itself. Nil = nobody looks.
	Words func([4]string)
	Every time.Duration // between questions while a person decides; 1 s
}

const (
	dialTime   = 5 * time.Second
	answerTime = 20 * time.Second
)

// ErrWrongHost is the reason for not joining a host that is not the one that invited.
var ErrWrongHost = errors.New("this is not who invited")

// Join joins the host at an address, host:port, and waits until it has decided. Errors: ErrRefused, ErrWrongHost, those
// of the network.
func (g *Guest) Join(ctx context.Context, address string) (*Member, error) {
	m, err := g.join(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("join at %s: %w", address, err)
	}
	return m, nil
}

// line is a connection to a host that turned out to be the right one.
type line struct {
	guest *Guest
	base  string
	addr  string

	mu    sync.Mutex
	chain identity.Chain // what the host showed first
	first *tls.Conn      // until it is used
}

func (g *Guest) join(ctx context.Context, address string) (*Member, error) {
	l := &line{guest: g, addr: address, base: "https://" + address}
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	transport := &http.Transport{DialTLSContext: l.dial, MaxIdleConns: 1, IdleConnTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: answerTime}
	state := l.first.ConnectionState()
	answer, err := l.knock(ctx, client, &state)
	if err != nil {
		return nil, err
	}
	for answer.Grant == nil {
		if answer.Grant, err = l.collect(ctx, client, answer.ID); err != nil {
			return nil, err
		}
	}
	return l.accept(*answer.Grant)
}

// open makes the connection that the proofs are about.
func (l *line) open(ctx context.Context) error {
	conn, err := l.connect(ctx, l.guest.verify)
	if err != nil {
		return err
	}
	l.first, l.chain = conn, conn.ConnectionState().PeerCertificates
	return nil
}

// dial gives the first connection, and when that is gone another to the same key.
func (l *line) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	l.mu.Lock()
	first := l.first
	l.first = nil
	l.mu.Unlock()
	if first != nil {
		return first, nil
	}
	return l.connect(ctx, func(chain identity.Chain) error {
		if identity.PrintOf(chain.Leaf()) != identity.PrintOf(l.chain.Leaf()) {
			return ErrWrongHost
		}
		return nil
	})
}

func (l *line) connect(ctx context.Context, verify func(identity.Chain) error) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := (&tls.Dialer{Config: identity.Dialer{Verify: verify}.Config()}).DialContext(ctx, "tcp", l.addr)
	if err != nil {
		return nil, err
	}
	return conn.(*tls.Conn), nil
}

// verify holds the host's certificate to the fingerprint, where there is one. Where there is none, the proofs decide.
func (g *Guest) verify(chain identity.Chain) error {
	if g.Invitation.CA == (identity.Print{}) {
		return nil
	}
	_, err := identity.VerifyPinned(chain, g.Invitation.CA, time.Now())
	if err != nil {
		return errors.Join(ErrWrongHost, err)
	}
	return nil
}

func (l *line) knock(ctx context.Context, client *http.Client, state *tls.ConnectionState) (answer Answer, err error) {
	ask, err := l.guest.ask()
	if err != nil {
		return answer, err
	}
	exporter, err := identity.Exporter(state)
	if err != nil {
		return answer, err
	}
	key := l.guest.Invitation.Token.Key()
	ask.Invitation = l.guest.Invitation.Token.Name()
	ask.Proof = identity.Proof(key, identity.Guest, exporter, ask.covered())
	if err := post(ctx, client, l.base+"/enrol", ask, &answer); err != nil {
		return answer, err
	}
	if !hmac.Equal(answer.Proof, identity.Proof(key, identity.Host, exporter, ask.covered())) {
		return answer, fmt.Errorf("%w: it does not know the code", ErrWrongHost)
	}
	if l.guest.Words != nil {
		l.guest.Words(identity.Words(exporter, ask.covered()))
	}
	return answer, nil
}

func (g *Guest) ask() (ask Ask, err error) {
	ask.V = version
	if ask.Request, err = identity.Request(g.Key); err == nil && g.CAKey != nil {
		ask.CA, err = identity.Request(g.CAKey)
	}
	return ask, err
}

// collect asks once, and waits before it says that nobody has decided yet. The line may break meanwhile.
func (l *line) collect(ctx context.Context, client *http.Client, id string) (*Grant, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+"/enrol/"+id, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if errors.Is(err, ErrWrongHost) || ctx.Err() != nil {
		return nil, err
	}
	if err == nil {
		defer response.Body.Close()
		if response.StatusCode != http.StatusAccepted {
			var grant Grant
			return &grant, read(response, &grant)
		}
	}
	every := l.guest.Every
	if every == 0 {
		every = time.Second
	}
	select {
	case <-time.After(every):
		return nil, nil //nolint:nilnil // nobody has decided yet
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// accept also holds the grant to the code: the platform's key, and that the roots vouch for the host itself.
func (l *line) accept(grant Grant) (*Member, error) {
	g := l.guest
	m, err := grant.member(g.Invitation.For, g.Key, g.CAKey, time.Now())
	if err != nil {
		return nil, err
	}
	if pin := g.Invitation.Platform; pin != (identity.Print{}) && identity.PrintOfPlatform(m.Platform()) != pin {
		return nil, fmt.Errorf("%w: its platform key is not the one in the code", ErrWrongHost)
	}
	if _, err := identity.Verify(l.chain, m.Roots, time.Now()); err != nil {
		return nil, fmt.Errorf("%w: its own roots do not vouch for it: %w", ErrWrongHost, err)
	}
	return m, nil
}

// Renew gets a member a new certificate for the keys it has, over a client that shows the one it has now. The member it
// was is left as it is.
func (m *Member) Renew(ctx context.Context, client *http.Client, base string) (*Member, error) {
	g := &Guest{Key: m.Key}
	if m.CA != nil {
		g.CAKey = m.CA.Key
	}
	ask, err := g.ask()
	if err != nil {
		return nil, err
	}
	var grant Grant
	if err := post(ctx, client, base+"/renew", ask, &grant); err != nil {
		return nil, fmt.Errorf("renew the certificate: %w", err)
	}
	return grant.member(m.Role, g.Key, g.CAKey, time.Now())
}

// Tell leaves a hub's roll with its cloud.
func Tell(ctx context.Context, client *http.Client, base string, roll []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, base+"/roll", bytes.NewReader(roll))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("leave the roll: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("leave the roll: the host answers %s", response.Status)
	}
	return nil
}

// RootsChanged asks whether the host believes other roots than this member does: then it is time to renew.
func (m *Member) RootsChanged(ctx context.Context, client *http.Client, base string) (bool, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/roots", nil)
	if err != nil {
		return false, err
	}
	response, err := client.Do(request)
	if err != nil {
		return false, fmt.Errorf("ask for the roots: %w", err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil || response.StatusCode != http.StatusOK {
		return false, errors.Join(fmt.Errorf("ask for the roots: the host answers %s", response.Status), err)
	}
	return !bytes.Equal(raw, identity.EncodeCerts(m.Roots)), nil
}

func post(ctx context.Context, client *http.Client, url string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return read(response, out)
}

func read(response *http.Response, out any) error {
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusForbidden:
		return ErrRefused
	case http.StatusTooManyRequests:
		return ErrBusy
	default:
		return fmt.Errorf("the host answers %s", response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxBody)).Decode(out); err != nil {
		return fmt.Errorf("understand the host's answer: %w", err)
	}
	return nil
}
