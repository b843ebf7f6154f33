package bolt

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Buckets of the lists' file. In inLists there is one bucket for each event, see list.go.
var (
	inLists   = []byte("lists")
	inVenue   = []byte("venue")   // "signed" -> signed venue manifest, "floor" -> u64
	inSecrets = []byte("secrets") // event -> JSON of whitelist.Secrets; only where the venue chose so
)

var (
	signedKey = []byte("signed")
	floorKey  = []byte("floor")
)

// AtRest is how secrets lie on the disk, each in its place.
type AtRest interface {
	Seal(place string, plain []byte) []byte
	Open(place string, sealed []byte) ([]byte, error)
}

// Plain is a venue's choice to have them lie there as they are.
type Plain struct{}

// Seal changes nothing.
func (Plain) Seal(_ string, plain []byte) []byte { return plain }

// Open changes nothing.
func (Plain) Open(_ string, sealed []byte) ([]byte, error) { return sealed, nil }

// Lists is a gate's lists file.
type Lists struct {
	db       *bolt.DB
	platform ed25519.PublicKey
	rest     AtRest // nil = secrets are in memory only

	mu      sync.RWMutex
	lists   map[ticket.EventID]*List
	secrets map[ticket.EventID]whitelist.Secrets
	venue   whitelist.SignedVenue
	floor   uint64   // of venue manifests
	faults  []string // what could not be read at the start
	unread  bool     // secrets that this gate can't open lie there
}

// OpenLists opens lists.db in dir, or makes it, and checks every manifest in it against the platform's key. Secrets
// are read from, and written to, the file only through rest; where that is nil, what an earlier choice left there is
// deleted.
func OpenLists(dir string, platform ed25519.PublicKey, rest AtRest) (*Lists, error) {
	db, err := bolt.Open(filepath.Join(dir, "lists.db"), bolt.Options{MaxSize: min(4<<30, math.MaxInt), MapSize: 256 << 20})
	if err != nil {
		return nil, fmt.Errorf("the lists: %w", err)
	}
	l := &Lists{db: db, platform: platform, rest: rest,
		lists: map[ticket.EventID]*List{}, secrets: map[ticket.EventID]whitelist.Secrets{}}
	if err := l.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("the lists: %w", err), db.Close())
	}
	return l, nil
}

func (l *Lists) load() error {
	if err := l.db.Commit(context.Background(), makeBuckets(inLists, inVenue, inSecrets)); err != nil {
		return err
	}
	if l.rest == nil {
		if err := l.forgetSecrets(); err != nil {
			return err
		}
	}
	err := l.db.View(func(tx *bbolt.Tx) error {
		l.loadVenue(tx.Bucket(inVenue))
		l.loadSecrets(tx.Bucket(inSecrets))
		return tx.Bucket(inLists).ForEachBucket(func(key []byte) error {
			if len(key) != len(ticket.EventID{}) {
				return nil
			}
			list := newList(l.db, ticket.EventID(key), l.platform)
			l.fault("list of event "+list.event.String(), list.load(tx))
			l.lists[list.event] = list
			return nil
		})
	})
	if err == nil && l.unread { // another choice's, in the clear perhaps
		l.secrets = map[ticket.EventID]whitelist.Secrets{}
		return l.forgetSecrets()
	}
	return err
}

func (l *Lists) fault(what string, err error) {
	if err != nil {
		l.faults = append(l.faults, what+": "+err.Error())
	}
}

func (l *Lists) loadVenue(b *bbolt.Bucket) {
	floor, err := getUint64(b, floorKey)
	l.fault("floor of the venue manifest", err)
	l.floor = floor
	raw, err := bolt.Get(b, signedKey)
	l.fault("venue manifest", err)
	if raw == nil {
		return
	}
	venue, err := whitelist.OpenVenue(raw, l.platform, time.Time{})
	l.fault("venue manifest", err)
	if err == nil {
		l.venue = venue
	}
}

func (l *Lists) loadSecrets(b *bbolt.Bucket) {
	_ = b.ForEach(func(key, sealed []byte) error {
		var secrets whitelist.Secrets
		raw, err := bolt.Unseal(key, sealed)
		if err == nil && l.rest != nil {
			raw, err = l.rest.Open(secretPlace(key), raw)
		}
		if err == nil {
			err = json.Unmarshal(raw, &secrets)
		}
		if err != nil {
			l.unread = true
			err = errors.New("those of an event can't be read; they are fetched again") // the cause could quote them
		}
		l.fault("secrets", err)
		if err == nil && len(key) == len(ticket.EventID{}) {
			l.secrets[ticket.EventID(key)] = secrets
		}
		return nil
	})
}

func (l *Lists) forgetSecrets() error {
	return l.db.Commit(context.Background(), func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(inSecrets); err != nil {
			return err
		}
		_, err := tx.CreateBucket(inSecrets)
		return err
	})
}

// secretPlace names an event's secrets, so that none is taken for another's.
func secretPlace(event []byte) string { return fmt.Sprintf("list secrets of %x", event) }

// Close lets go of the file.
func (l *Lists) Close() error { return l.db.Close() }

// Broken is closed when the lists can no longer be written; scans still read them.
func (l *Lists) Broken() <-chan struct{} { return l.db.Broken() }

// SetAside says where a damaged file was put, and what was wrong with it; empty when it was whole.
func (l *Lists) SetAside() (path, damage string) { return l.db.SetAside() }

// Faults says what could not be read when the file was opened; it will be fetched again.
func (l *Lists) Faults() []string { return l.faults }

// Venue returns the venue manifest in force; ok is false when there is none yet.
func (l *Lists) Venue() (venue whitelist.SignedVenue, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.venue, l.venue.Raw() != nil
}

// SetVenue puts a newer venue manifest in force, durably first. The error is whitelist.ErrLowerEpoch or ErrSameEpoch
// when it is not newer than any that was ever held. Lists of events that it no longer names are dropped.
func (l *Lists) SetVenue(ctx context.Context, venue whitelist.SignedVenue) error {
	l.mu.RLock()
	floor, held := l.floor, l.venue.Raw() != nil
	l.mu.RUnlock()
	err := whitelist.CheckNewer(floor, venue.Epoch)
	if err != nil && !(errors.Is(err, whitelist.ErrSameEpoch) && !held) { // the same, read back after damage
		return err
	}
	dropped := l.notNamed(venue)
	err = l.db.Commit(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(inVenue)
		if err := errors.Join(putUint64(b, floorKey, venue.Epoch), bolt.Put(b, signedKey, venue.Raw())); err != nil {
			return err
		}
		return dropLists(tx, dropped)
	})
	if err != nil {
		return fmt.Errorf("keep the venue manifest of epoch %d: %w", venue.Epoch, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.venue, l.floor = venue, venue.Epoch
	for _, event := range dropped {
		delete(l.lists, event)
		delete(l.secrets, event)
	}
	return nil
}

func (l *Lists) notNamed(venue whitelist.SignedVenue) []ticket.EventID {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var gone []ticket.EventID
	for event := range l.lists {
		if venue.Venue.Event(event) == nil {
			gone = append(gone, event)
		}
	}
	return gone
}

func dropLists(tx *bbolt.Tx, events []ticket.EventID) error {
	for _, event := range events {
		// The floor stays: a list that comes back must still be newer than the one that went.
		list := tx.Bucket(inLists).Bucket(event[:])
		if list == nil {
			continue
		}
		floor, _ := getUint64(list, floorKey)
		if err := tx.Bucket(inLists).DeleteBucket(event[:]); err != nil {
			return err
		}
		fresh, err := tx.Bucket(inLists).CreateBucket(event[:])
		if err != nil {
			return err
		}
		if err := errors.Join(putUint64(fresh, floorKey, floor), tx.Bucket(inSecrets).Delete(event[:])); err != nil {
			return err
		}
	}
	return nil
}

// List returns the event's list, an empty one when nothing of it is held yet.
func (l *Lists) List(event ticket.EventID) *List {
	l.mu.RLock()
	list := l.lists[event]
	l.mu.RUnlock()
	if list != nil {
		return list
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lists[event] == nil {
		l.lists[event] = l.reload(event)
	}
	return l.lists[event]
}

// reload finds the floor of a list that was dropped and has come back.
func (l *Lists) reload(event ticket.EventID) *List {
	list := newList(l.db, event, l.platform)
	_ = l.db.View(list.load) // nothing, or a floor
	return list
}

// Secrets returns the event's secrets; ok is false until they have been fetched.
func (l *Lists) Secrets(event ticket.EventID) (secrets whitelist.Secrets, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	secrets, ok = l.secrets[event]
	return secrets, ok
}

// SetSecrets keeps the event's secrets: in memory, and on disk where the venue chose so. What opens the list that is still
// held stays at hand as Before, however often the cloud has changed them meanwhile, and no longer than it is needed.
func (l *Lists) SetSecrets(ctx context.Context, event ticket.EventID, secrets whitelist.Secrets) error {
	held := l.heldEpoch(event)
	if held >= secrets.Since {
		secrets.Before = [32]byte{}
	} else if had, ok := l.Secrets(event); ok && had.For(held) != [32]byte{} {
		secrets.Before = had.For(held)
	}
	if l.rest != nil {
		raw, err := json.Marshal(secrets)
		if err != nil {
			return err
		}
		raw = l.rest.Seal(secretPlace(event[:]), raw)
		put := func(tx *bbolt.Tx) error { return bolt.Put(tx.Bucket(inSecrets), event[:], raw) }
		if err := l.db.Commit(ctx, put); err != nil {
			return fmt.Errorf("keep the secrets of event %s: %w", event, err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets[event] = secrets
	return nil
}

// heldEpoch is that of what is looked up under the scope's secrets: a list, or the venue manifest.
func (l *Lists) heldEpoch(scope ticket.EventID) uint64 {
	if venue, ok := l.Venue(); ok && venue.Venue.Venue == scope {
		return venue.Epoch
	}
	held, _ := l.List(scope).Held()
	return held.Epoch
}

func putUint64(b *bbolt.Bucket, key []byte, v uint64) error {
	return bolt.Put(b, key, binary.BigEndian.AppendUint64(nil, v))
}

func getUint64(b *bbolt.Bucket, key []byte) (uint64, error) {
	raw, err := bolt.Get(b, key)
	if len(raw) != 8 || err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}
