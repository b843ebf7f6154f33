package floor_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor"
)

// moody is a store that keeps nothing, and fails when it is told to.
type moody struct{ fails atomic.Bool }

func (*moody) Boot() (venue.Boot, error) { return venue.Boot{}, nil }
func (m *moody) Commit(context.Context, []venue.Commit) error {
	if m.fails.Swap(false) {
		return errors.New("no")
	}
	return nil
}
func (*moody) Journal(string, wire.Run, uint64, int) ([]wire.Event, error) { return nil, nil }
func (*moody) Prune(context.Context, string, wire.Run, uint64) error       { return nil }

func TestAnArbiterThatIsMadeAnewKnowsItsVenueAndItsCloud(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &moody{}
		f, err := floor.New(floor.Config{Hub: "hub-1", Venue: ticket.EventID{1}, Run: "r", Store: store, Log: slog.New(slog.DiscardHandler),
			Send: func(string, []byte, byte) error { return nil }, SendUp: func(wire.Events) error { return nil }})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- f.Run(ctx) }()
		f.Do(venue.VenueChanged{Venue: &whitelist.Venue{Zones: []whitelist.Zone{{ID: "hall", Capacity: 9}}}, Zone: time.UTC})
		f.Do(venue.CloudLink{Up: true})
		store.fails.Store(true)
		require.Error(t, f.Store(venue.OldHubOff{}))
		time.Sleep(2 * time.Second)
		v := f.View().Venue
		assert.True(t, v.Cloud)
		require.Len(t, v.Zones, 1, "else a full zone lets people in")
		assert.Equal(t, 9, v.Zones[0].Capacity)
		stop()
		require.NoError(t, <-ended)
	})
}
