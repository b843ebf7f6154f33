package catchup

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"portaria/deploy/rig"
	"portaria/identity"
	"portaria/identity/join"
)

// joinLimit bounds how long a played gate may take to join.
const joinLimit = 30 * time.Second

// joinGate has the played gate join the hub as a real one does: with a code that the hub makes, a key of its own, and
// the same words at both ends.
func (v *venue) joinGate(ctx context.Context, g rig.Gate) (*join.Member, error) {
	ctx, cancel := context.WithTimeout(ctx, joinLimit)
	defer cancel()
	code, err := v.Invite(ctx, v.bin, g)
	if err != nil {
		return nil, err
	}
	invitation, err := identity.ParseCode(code, identity.Gate)
	if err != nil {
		return nil, err
	}
	key, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	words, approved := make(chan [4]string, 1), make(chan error, 1)
	go func() {
		select {
		case w := <-words:
			approved <- v.Approve(ctx, v.bin, g.Name, w[:])
		case <-ctx.Done():
			approved <- ctx.Err()
		}
	}()
	guest := join.Guest{Invitation: invitation, Key: key, Words: func(w [4]string) { words <- w }, Every: 50 * time.Millisecond}
	member, err := guest.Join(ctx, v.Hub.Door)
	if err != nil {
		return nil, err
	}
	return member, <-approved
}

// dialer speaks TLS as that member, to the hub of its venue and to nobody else.
func dialer(m *join.Member) func(ctx context.Context, address string) (net.Conn, error) {
	d := &tls.Dialer{Config: identity.Dialer{Certificate: m.Certificate,
		Verify: identity.Is(identity.Door, m.Settings.Venue, m.Believed)}.Config()}
	return func(ctx context.Context, address string) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) }
}
