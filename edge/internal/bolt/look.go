package bolt

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"portaria/bolt"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Seen is what LookLists finds of an event's list.
type Seen struct {
	Event ticket.EventID
	Name  string
	Whole bool // all of Held is here
	Held  whitelist.SignedManifest
}

// LookLists reads what lists.db in dir holds of each event of the venue, without changing it, and lets go at once. A
// file that a running gate holds gives bolt.ErrInUse. Faults is what could not be read.
func LookLists(dir string, platform ed25519.PublicKey) (seen []Seen, faults []string, err error) {
	path := filepath.Join(dir, "lists.db")
	db, err := bbolt.Open(path, 0, &bbolt.Options{ReadOnly: true, Timeout: 300 * time.Millisecond})
	if errors.Is(err, berrors.ErrTimeout) {
		err = bolt.ErrInUse
	}
	if err != nil {
		return nil, nil, fmt.Errorf("look into %s: %w", path, err)
	}
	defer db.Close()
	l := &Lists{platform: platform}
	err = db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket(inVenue) == nil {
			return nil
		}
		l.loadVenue(tx.Bucket(inVenue))
		for _, e := range l.venue.Venue.Events {
			list := newList(nil, e.Event, platform)
			l.fault("list of "+e.Name, list.load(tx))
			held, whole := list.Held()
			seen = append(seen, Seen{Event: e.Event, Name: e.Name, Whole: whole, Held: held})
		}
		return nil
	})
	return seen, l.faults, err
}
