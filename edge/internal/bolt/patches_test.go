package bolt_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"portaria/edge/internal/bolt"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/whitelist"
)

// TestADamagedPatchHidesNoOther: what a later patch revoked stays revoked when an earlier one cannot be read.
func TestADamagedPatchHidesNoOther(t *testing.T) {
	src := keepertest.New(t, "own")
	e, dir := src.Event("gala"), t.TempDir()
	lists, err := bolt.OpenLists(dir, src.Platform, nil)
	require.NoError(t, err)
	require.NoError(t, lists.SetVenue(t.Context(), src.Sign(whitelist.Venue{Events: []whitelist.VenueEvent{e.Named()}})))
	e.Publish(e.Tickets(5)...)
	for _, change := range []whitelist.Entry{e.Ticket(1, whitelist.Good), e.Ticket(2, whitelist.Revoked)} {
		_, notice := e.Publish(change)
		patch, err := whitelist.OpenPatch(notice.Patch, src.Platform, time.Time{})
		require.NoError(t, err)
		require.NoError(t, lists.List(e.ID).Patch(t.Context(), patch, notice.Patch))
	}
	require.NoError(t, lists.Close())

	db, err := bbolt.Open(filepath.Join(dir, "lists.db"), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		patches := tx.Bucket([]byte("lists")).Bucket(e.ID[:]).Bucket([]byte("patches"))
		key, value := patches.Cursor().First()
		spoilt := append([]byte(nil), value...)
		spoilt[len(spoilt)/2] ^= 1
		return patches.Put(append([]byte(nil), key...), spoilt)
	}))
	require.NoError(t, db.Close())

	lists, err = bolt.OpenLists(dir, src.Platform, nil)
	require.NoError(t, err)
	defer lists.Close()
	assert.NotEmpty(t, lists.Faults(), "it is told")
	entry, found, err := lists.List(e.ID).Find(whitelist.TicketKey(e.Secrets.List, 2))
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, whitelist.Revoked, entry.State)
}
