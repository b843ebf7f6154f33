package wicket_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor"
	"portaria/floor/wicket"
)

func openDoor() whitelist.Checkpoint {
	return whitelist.Checkpoint{ID: "door", Direction: whitelist.Both, To: "hall", Events: []ticket.EventID{theatre}, Mode: whitelist.Open,
		Policy: whitelist.Strict}
}

func single(right byte) admit.Code {
	return admit.Code{Match: admit.Listed, Event: whitelist.VenueEvent{Event: theatre}, Kind: whitelist.Kind{Use: whitelist.UseSingle},
		Entry: whitelist.Entry{Ref: whitelist.Ref{right}, State: whitelist.Good}}
}

// A hub with an empty disk hears from its cloud which lives a telephone has had. One that asked before that is in a life which
// is older than the newest, and must begin another: only the newest is compared.
func TestATelephoneThatAsksWhileAHubIsFilledUpDoesNotStopIt(t *testing.T) {
	for name, early := range map[string]bool{"it asks before the cloud has spoken": true, "it asks after": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { fillUp(t, early) })
		})
	}
}

func fillUp(t *testing.T, early bool) {
	door := openDoor()
	h := wicket.New(func(string) (wicket.Door, bool) { return wicket.Door{Checkpoint: door, Zone: time.UTC}, true })
	f, err := floor.New(floor.Config{Hub: "hub-2", Venue: theatre, Run: "r", Store: newProcess(newDisk(), nil), Cloud: true, Inside: h,
		Send: func(string, []byte, byte) error { return nil }, SendUp: func(wire.Events) error { return nil },
		Ask: func(wire.Want) error { return nil }, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	h.Serve(f)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx) }()
	f.Do(venue.VenueChanged{Venue: &whitelist.Venue{Checkpoints: []whitelist.Checkpoint{door}}, Zone: time.UTC})
	f.Do(venue.CloudLink{Up: true})
	ask := wicket.Ask{Scan: admit.ScanID{1}, Gate: "phone-ana", Checkpoint: "door", Auto: true, Code: single(1)}
	scan := func(patience time.Duration) (wicket.Said, error) {
		short, done := context.WithTimeout(ctx, patience)
		defer done()
		return h.Scan(short, ask)
	}
	if early {
		_, err := scan(500 * time.Millisecond)
		require.ErrorIs(t, err, wicket.ErrNotReady)
	}
	synctest.Wait() // its disk has a name
	hub, old := f.HubState(), wire.Run{Start: 7, Random: 7}
	f.Do(venue.CloudAcked{Ack: wire.Ack{V: 1, Number: hub.Number, Incarnation: "db", Watermarks: []wire.Watermark{{Gate: "phone-ana", Run: old, Cloud: 1}},
		Word: &wire.Word{Disk: hub.Disk, Run: hub.Run, Term: 2, Newest: 2, Whole: true, Of: 1}}})
	f.Do(venue.BackCame{Events: wire.Events{Gate: "phone-ana", Run: old,
		Events: []wire.Event{{Gate: "phone-ana", Run: old, Seq: 1, Type: wire.Refusal, Reason: admit.Unknown}}}})
	said, err := scan(8 * time.Second)
	require.NoError(t, err)
	assert.True(t, said.Verdict.Admit, said.Verdict.Reason)
	assert.True(t, f.View().Venue.Ready, "the venue waits for nobody")
	stop()
	require.NoError(t, <-ended)
}
