package cloud

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiters"
	"portaria/cloud/internal/scan"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// hubLine asks hubs about telephones' scans: over this process's broker, or by way of the process that a hub is connected to.
type hubLine struct{ c *Cloud }

// unsaid is how long before the deadline a hub should have answered, for the answer's way back.
const unsaid = 200 * time.Millisecond

// Scan has a hub answer a scan. scan.ErrHubAway.
func (h hubLine) Scan(ctx context.Context, hub string, ask wicket.Ask) (wicket.Said, error) {
	said, _, err := h.ask(ctx, hub, wicket.DoScan, ask)
	return said, err
}

// Close has a hub record how an admission ended. scan.ErrHubAway.
func (h hubLine) Close(ctx context.Context, hub string, ask wicket.Ask, passed bool) (wicket.Passage, error) {
	do := wicket.DoAbort
	if passed {
		do = wicket.DoPass
	}
	_, passage, err := h.ask(ctx, hub, do, ask)
	return passage, err
}

func (h hubLine) ask(ctx context.Context, hub, do string, ask wicket.Ask) (said wicket.Said, passage wicket.Passage, err error) {
	until, ok := ctx.Deadline()
	if !ok {
		until = time.Now().Add(hubPatience)
	}
	q, err := wicket.Question(rand.Text()[:16], do, ask, until.Add(-unsaid))
	if err != nil {
		return said, passage, err
	}
	answer, err := h.say(ctx, hub, q)
	if err != nil {
		return said, passage, scan.ErrHubAway
	}
	said, passage, err = wicket.Read(answer)
	if errors.Is(err, wicket.ErrNotReady) {
		err = scan.ErrHubAway
	}
	return said, passage, err
}

const hubPatience = 3 * time.Second

func (h hubLine) say(ctx context.Context, hub string, q wire.Ask) (wire.Answer, error) {
	if h.c.broker.Connected(hub) {
		return h.c.asks.Ask(ctx, h.c.broker, hub, q)
	}
	return h.c.peers.AskHub(postgres.System(ctx), hub, q)
}

// openPeers lets processes of one cloud pass scans on to each other.
func (c *Cloud) openPeers(holder string) *arbiters.Peers {
	return &arbiters.Peers{Pool: c.pool, Self: holder, Log: c.log, Here: c.scans.Here,
		Hub: func(ctx context.Context, hub string, q wire.Ask) (wire.Answer, bool) {
			if !c.broker.Connected(hub) {
				return wire.Answer{}, false
			}
			answer, err := c.asks.Ask(ctx, c.broker, hub, q)
			return answer, err == nil
		}}
}
