package arbiters_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres/arbiters"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// alone is what a telephone did without a word: it knew the ticket as one for so many people.
func (h *hall) alone(phone string, ref whitelist.Ref, people int) wire.Events {
	run, scan := wire.Run{Start: 1, Random: 77}, newScan()
	return wire.Events{V: wire.Version, Gate: phone, Run: run, Events: []wire.Event{{Gate: phone, Run: run, Seq: 1, Type: wire.Admission,
		Scan: scan, Ref: ref, Event: ticket.EventID(h.event), Reason: admit.OKOffline, At: 1_790_000_000_000, Clock: admit.Synced, Lane: 1, Checkpoint: "door",
		Terms:  &admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: people},
		Record: &admit.Record{Scan: scan, Kind: admit.Entry, At: 1_790_000_000_000, Gate: phone, Lane: 1, Checkpoint: "door", Offline: true}}}}
}

func TestAnArbiterThatStartsKnowsTheMostThatWasSaidOfATicket(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a := h.cloud("a", nil)
	s := h.at(a)
	twoThenOne, oneThenTwo := whitelist.Ref{1}, whitelist.Ref{2}
	require.NoError(t, s.Bring("phone-ana", h.alone("phone-ana", twoThenOne, 2)))
	require.NoError(t, s.Bring("phone-bia", h.alone("phone-bia", twoThenOne, 1)))
	require.NoError(t, s.Bring("phone-eva", h.alone("phone-eva", oneThenTwo, 1)))
	require.NoError(t, s.Bring("phone-rui", h.alone("phone-rui", oneThenTwo, 2)))
	a.Close()

	leases := arbiters.Leases{Pool: h.pool}
	lease, err := leases.Take(h.ctx(), ticket.EventID(h.venue), "b", time.Minute)
	require.NoError(t, err)
	boot, err := leases.Store(lease).Boot()
	require.NoError(t, err)
	for _, ref := range []whitelist.Ref{twoThenOne, oneThenTwo} {
		assert.Len(t, boot.History[ref], 2)
		assert.Equal(t, 2, boot.Rights[ref].Terms.Group)
	}
}
