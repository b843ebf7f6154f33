package bolt

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/ticket"
)

var venueKey = []byte("venue")

// Venue reads the newest signed venue manifest that was accepted, nil before the first.
func (s *Store) Venue() ([]byte, error) { return s.signed(venueKey) }

// SetVenue keeps a venue manifest.
func (s *Store) SetVenue(ctx context.Context, raw []byte) error {
	return s.put(ctx, signed, venueKey, raw)
}

// List reads the newest signed manifest of an event's list that was accepted, nil before the first.
func (s *Store) List(event ticket.EventID) ([]byte, error) { return s.signed([]byte(event.String())) }

// SetList keeps a list's manifest.
func (s *Store) SetList(ctx context.Context, event ticket.EventID, raw []byte) error {
	return s.put(ctx, signed, []byte(event.String()), raw)
}

// DropList forgets an event's list and secrets.
func (s *Store) DropList(ctx context.Context, event ticket.EventID) error {
	key := []byte(event.String())
	return s.lists.Commit(ctx, func(tx *bbolt.Tx) error {
		if err := tx.Bucket(signed).Delete(key); err != nil {
			return err
		}
		return tx.Bucket(secrets).Delete(key)
	})
}

// Lists names the events whose lists are kept.
func (s *Store) Lists() (events []ticket.EventID, err error) {
	err = s.lists.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(signed).ForEach(func(key, _ []byte) error {
			if bytes.Equal(key, venueKey) {
				return nil
			}
			event, err := ticket.ParseEventID(string(key))
			events = append(events, event)
			return err
		})
	})
	return events, err
}

// Secrets reads what SetSecrets kept, nil when there is nothing.
func (s *Store) Secrets(scope ticket.EventID) ([]byte, error) {
	return s.get(secrets, []byte(scope.String()))
}

// SetSecrets keeps list secrets on the disk.
func (s *Store) SetSecrets(ctx context.Context, scope ticket.EventID, raw []byte) error {
	return s.put(ctx, secrets, []byte(scope.String()), raw)
}

func (s *Store) signed(key []byte) ([]byte, error) { return s.get(signed, key) }

func (s *Store) get(bucket, key []byte) (value []byte, err error) {
	err = s.lists.View(func(tx *bbolt.Tx) error {
		found, err := bolt.Get(tx.Bucket(bucket), key)
		value = bytes.Clone(found)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", bucket, key, err)
	}
	return value, nil
}

func (s *Store) put(ctx context.Context, bucket, key, value []byte) error {
	err := s.lists.Commit(ctx, func(tx *bbolt.Tx) error { return bolt.Put(tx.Bucket(bucket), key, value) })
	if err != nil {
		return fmt.Errorf("store %s of %s: %w", bucket, key, err)
	}
	return nil
}
