package bolt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

var (
	memoryKey = []byte("memory")
	homesKey  = []byte("homes")
)

// Boot reads what a starting arbiter needs. Hub and Run are the caller's to fill in.
func (s *Store) Boot() (venue.Boot, error) {
	boot := venue.Boot{History: map[whitelist.Ref][]admit.Record{}, Rights: map[whitelist.Ref]wire.Right{}}
	err := s.journal.View(func(tx *bbolt.Tx) error {
		return errors.Join(
			one(tx, memoryKey, &boot.Memory),
			one(tx, homesKey, &boot.Homes),
			each(tx, gates, func(_ []byte, g venue.Gate) error { boot.Gates = append(boot.Gates, g); return nil }),
			each(tx, marks, func(_ []byte, m venue.Mark) error { boot.Marks = append(boot.Marks, m); return nil }),
			each(tx, grants, func(_ []byte, g venue.Grant) error { boot.Grants = append(boot.Grants, g); return nil }),
			readPast(tx, &boot),
		)
	})
	if err != nil {
		return venue.Boot{}, fmt.Errorf("read the hub's store: %w", err)
	}
	return boot, nil
}

// Commit makes all of these durable in one transaction, in order.
func (s *Store) Commit(ctx context.Context, commits []venue.Commit) error {
	err := s.journal.Commit(ctx, func(tx *bbolt.Tx) error {
		if err := writeEvents(tx, commits); err != nil {
			return err
		}
		for _, c := range commits {
			if err := write(tx, c); err != nil {
				return err
			}
		}
		return putLast(tx, commits)
	})
	if err != nil {
		return fmt.Errorf("store %d changes: %w", len(commits), err)
	}
	return nil
}

// write stores what is not the same in every commit.
func write(tx *bbolt.Tx, c venue.Commit) error {
	for _, g := range c.Grants {
		if err := put(tx.Bucket(grants), g.Scan[:], g); err != nil {
			return err
		}
	}
	for _, scan := range c.Closed {
		if err := tx.Bucket(grants).Delete(scan[:]); err != nil {
			return err
		}
	}
	for _, g := range c.Gates {
		if err := put(tx.Bucket(gates), []byte(g.Name), g); err != nil {
			return err
		}
	}
	if c.Homes != nil {
		if err := put(tx.Bucket(memory), homesKey, c.Homes); err != nil {
			return err
		}
	}
	return nil
}

// putLast stores what each commit has anew, as the last one has it.
func putLast(tx *bbolt.Tx, commits []venue.Commit) error {
	if len(commits) == 0 {
		return nil
	}
	last := map[string]venue.Mark{}
	for _, c := range commits {
		for _, m := range c.Marks {
			last[string(runKey(m.Gate, m.Run))] = m
		}
	}
	for _, key := range slices.Sorted(maps.Keys(last)) {
		if err := put(tx.Bucket(marks), []byte(key), last[key]); err != nil {
			return err
		}
	}
	return put(tx.Bucket(memory), memoryKey, commits[len(commits)-1].Memory)
}
