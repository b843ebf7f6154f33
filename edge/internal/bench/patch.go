package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"portaria/edge/admit"
	"portaria/edge/internal/bolt"
	"portaria/edge/internal/keeper"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/figure"
)

const (
	patchTickets = 10_000
	liveGoal     = float64(time.Second)
	foldedGoal   = float64(time.Minute)
	loadGoal     = 2 * float64(time.Second)
)

// Patch measures what happens at a gate when ten thousand tickets are sold at once: how soon they are known, how long it
// takes until they lie in the list, and what the people at the turnstile notice of it; and how soon a whole new list is
// known whose parts lie on the disk.
func Patch(ctx context.Context, c Config) error {
	c.defaults()
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	h, err := buildHouse(ctx, dir, c.Tickets)
	if err != nil {
		return err
	}
	newest := ticket.ID(1)
	raw, target, err := h.sold(min(patchTickets, c.Tickets/10), newest)
	if err != nil {
		return err
	}
	s, err := openStation(ctx, h, 1)
	if err != nil {
		return err
	}
	seen, err := s.patched(ctx, c.Window, raw, target, newest)
	if err := errors.Join(err, s.close()); err != nil {
		return err
	}
	loaded, err := h.fetched(ctx, dir)
	if err != nil {
		return err
	}
	about := fmt.Sprintf("a patch of %d tickets to a list of %d, %s", min(patchTickets, c.Tickets/10), c.Tickets, figure.Medium(dir))
	return errors.Join(
		c.print(figure.Figure{Name: "patch-live", Ratio: float64(seen.live) / liveGoal, Goal: 1,
			About: fmt.Sprintf("%.3f s / 1 s from its bytes until its last ticket is known, %s", seen.live.Seconds(), about)}),
		c.print(figure.Figure{Name: "patch-folded", Ratio: float64(seen.folded) / foldedGoal, Goal: 1,
			About: fmt.Sprintf("%.1f s / 60 s until the list is what was signed, by its root", seen.folded.Seconds())}),
		c.print(figure.Figure{Name: "patch-scan", Ratio: figure.Median(seen.ratios), Goal: 1.5,
			About: fmt.Sprintf("scan to relay, p99 while it is folded / while folding stands still, in turns; over all %.0f µs, n=%d / %.0f µs, n=%d; p50 %.0f and %.0f µs; one lane scanning without pause",
				figure.P99(seen.during)/1000, len(seen.during), figure.P99(seen.idle)/1000, len(seen.idle), figure.P50(seen.during)/1000, figure.P50(seen.idle)/1000)}),
		c.print(figure.Figure{Name: "patch-load", Ratio: float64(loaded) / loadGoal, Goal: 1,
			About: fmt.Sprintf("%.2f s / 2 s until a new list of %d tickets is known whose parts lie on the disk", loaded.Seconds(), c.Tickets)}))
}

// sold adds n tickets to the house, the last of them newest, and returns the signed patch that brings them, and the manifest it leads to.
func (h *house) sold(n int, newest ticket.ID) (raw []byte, target whitelist.SignedManifest, err error) {
	held, _ := h.lists.List(h.event).Held()
	random := rand.New(rand.NewPCG(8, 9))
	var fresh []whitelist.Entry
	for i := range n {
		id := ticket.ID(random.Uint64())
		if i == n-1 {
			id = newest
		}
		h.tickets = append(h.tickets, id)
		fresh = append(fresh, h.entry(id))
	}
	m, err := h.made(held.Epoch)
	if err != nil {
		return nil, target, err
	}
	raw, err = whitelist.EncodePatch(whitelist.Patch{Manifest: m.manifest, From: held.Epoch, Entries: fresh}, h.signer.list)
	return raw, m.manifest, err
}

// away is a hub that is not asked for anything: all that is needed is in the patch.
type away struct{}

func (away) Blob(context.Context, whitelist.Hash, int64) ([]byte, error) { return nil, errAway }
func (away) Secrets(context.Context, ticket.EventID, uint64) (whitelist.Secrets, error) {
	return whitelist.Secrets{}, errAway
}

// seen is how a patch went.
type seen struct {
	live, folded time.Duration
	ratios       []float64       // of blocks: p99 of scans while the patch is folded / while it is not
	idle, during []time.Duration // scans
}

func (s *station) patched(ctx context.Context, window time.Duration, raw []byte, target whitelist.SignedManifest, newest ticket.ID) (r seen, err error) {
	k := keeper.New(keeper.Config{Lists: s.lists, Blobs: away{}, Platform: s.signer.platform, Venue: s.venue.Venue, Owner: owner, Now: time.Now,
		Report: func(string) {}, Changed: func() {}})
	started := time.Now()
	k.PatchNotice(s.event, wire.PatchNotice{V: wire.Version, Patch: raw})
	live := make(chan error, 1)
	go func() {
		err := s.known(newest, started.Add(time.Minute))
		r.live = time.Since(started)
		live <- err
	}()
	list := s.lists.List(s.event)
	for held, _ := list.Held(); list.Pending() > 0 || held.Epoch != target.Epoch; held, _ = list.Held() {
		began := time.Now()
		during, err := s.folding(ctx, k, window, func() bool { return list.Pending() > 0 || time.Since(started) < window })
		r.folded += time.Since(began)
		if err != nil || r.folded > 2*time.Minute {
			return r, errors.Join(err, errSlow)
		}
		idle, err := s.scanning(ctx, window, func() bool { return true })
		if err != nil {
			return r, err
		}
		r.during, r.idle = append(r.during, during...), append(r.idle, idle...)
		r.ratios = append(r.ratios, figure.P99(during)/figure.P99(idle))
	}
	whole, err := list.Whole()
	if !whole {
		err = errors.Join(err, errors.New("the folded list is not what was signed"))
	}
	return r, errors.Join(err, <-live)
}

var errSlow = errors.New("the patch was not folded in two minutes")

// folding lets people in while the keeper works.
func (s *station) folding(ctx context.Context, k *keeper.Keeper, window time.Duration, more func() bool) ([]time.Duration, error) {
	work, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { k.Run(work); close(ended) }()
	defer func() { stop(); <-ended }()
	return s.scanning(ctx, window, more)
}

// known waits until a listed ticket is.
func (h *house) known(id ticket.ID, until time.Time) error {
	code, err := h.unlisted(id)
	if err != nil {
		return err
	}
	for time.Now().Before(until) {
		if got, err := h.resolver.Resolve(code.Text(), door); err != nil || got.Match == admit.Listed {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return errors.New("the new tickets were never known")
}

// scanning lets people in without pause for a window, or while more wants it.
func (s *station) scanning(ctx context.Context, window time.Duration, more func() bool) (times []time.Duration, err error) {
	for until := time.Now().Add(window); time.Now().Before(until) && more(); {
		took, err := s.grants(ctx, 1)
		if err != nil {
			return nil, err
		}
		times = append(times, took...)
	}
	return times, nil
}

// fetched is how long it takes a gate to know a list that it has never held, whose blobs lie on the disk.
func (h *house) fetched(ctx context.Context, dir string) (time.Duration, error) {
	m, err := h.made(0)
	if err != nil {
		return 0, err
	}
	blobs := filepath.Join(dir, "blobs")
	if err := os.WriteFile(blobs, slices.Concat(m.list.Buckets...), 0o600); err != nil {
		return 0, err
	}
	fresh := filepath.Join(dir, "fresh")
	if err := errors.Join(forget(blobs), os.Mkdir(fresh, 0o700)); err != nil {
		return 0, err
	}
	other := *h
	if other.lists, err = bolt.OpenLists(fresh, h.signer.platform, bolt.Plain{}); err != nil {
		return 0, err
	}
	defer other.lists.Close() //nolint:errcheck // it is deleted
	if err := errors.Join(other.setVenue(ctx, h.signer), other.lists.SetSecrets(ctx, h.event, h.secrets())); err != nil {
		return 0, err
	}
	other.resolver.Lists = listed{other.lists}
	started := time.Now()
	raw, err := os.ReadFile(blobs)
	if err != nil {
		return 0, err
	}
	for i, bucket := range m.list.Buckets {
		m.list.Buckets[i], raw = raw[:len(bucket)], raw[len(bucket):]
	}
	if err := other.load(ctx, m); err != nil {
		return 0, err
	}
	if err := other.known(h.tickets[len(h.tickets)-1], time.Now().Add(time.Second)); err != nil {
		return 0, err
	}
	return time.Since(started), nil
}
