package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"

	"portaria/deploy/privatepg"
	"portaria/deploy/rig"
	"portaria/edge/admit"
)

// SwapOptions are of a house whose hub dies with its disk.
type SwapOptions struct {
	Bin     string
	Tickets int // that come in at each of three gates before
	Say     func(format string, args ...any)
}

// SwapResult is what became of the evening.
type SwapResult struct {
	Before  int // people let in by the old hub
	Again   int // their tickets, shown once more and refused by the new hub
	After   int // people let in by the new hub
	Silent  int // tickets that nobody ruled on while only the old hub was there
	Term    uint64
	Rival   uint64 // as the old hub, woken up, says
	Records int    // in the cloud at the end
	Doubled int    // conflicts
}

// Line is all of it in one line.
func (r *SwapResult) Line() string {
	return fmt.Sprintf("swap: before=%d again=%d after=%d term=%d old_hub_sees=%d ruled_by_old_hub=0 of %d records=%d doubled=%d",
		r.Before, r.Again, r.After, r.Term, r.Rival, r.Silent, r.Records, r.Doubled)
}

// swapped is a house with three strict gates.
type swapped struct {
	*house
	*SwapResult
	codes [][]string // by gate, shown before
	fresh []string   // shown after
}

// Swap lets people in, kills the hub and takes its disk away, puts an empty one in its place while one of the gates is
// off, and shows every ticket again. Then the old hub wakes up where the gates can only reach it.
func Swap(ctx context.Context, opt SwapOptions) (r *SwapResult, err error) {
	const gates, fresh = 3, 12
	all := tickets("TROCA", gates*opt.Tickets+fresh)
	house, err := open(ctx, Options{Bin: opt.Bin, Gates: gates, Seconds: 60, Say: opt.Say, Policy: "strict"}, all)
	defer func() { err = errors.Join(err, house.close(err != nil)) }()
	if err != nil {
		return nil, err
	}
	s := &swapped{house: house, SwapResult: &SwapResult{}, fresh: all[gates*opt.Tickets:]}
	for i := range gates {
		s.codes = append(s.codes, all[i*opt.Tickets:(i+1)*opt.Tickets])
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{{"people come in", s.before}, {"the hub dies", s.die}, {"a new one takes its place", s.replace}, {"every ticket is shown again", s.again},
		{"people come in", s.after}, {"the old hub wakes up", s.wake}, {"it is counted", s.count}} {
		opt.Say("%s", step.what)
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w (logs are in %s)", step.what, err, house.Dir)
		}
	}
	return s.SwapResult, nil
}

// ruled waits until gates have a hub that answers.
func (s *swapped) ruled(ctx context.Context, doors []*rig.Door) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.patience())
	defer cancel()
	for _, d := range doors {
		if err := rig.Until(ctx, "a hub that answers "+d.Gate, func() error {
			status, err := d.Status(ctx)
			if err == nil && !(status.Hub.Up && status.Hub.Ready) {
				err = errors.New("none does")
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *swapped) before(ctx context.Context) error {
	if err := s.ruled(ctx, s.doors); err != nil {
		return err
	}
	faults := make([]error, len(s.doors))
	var all sync.WaitGroup
	for i, d := range s.doors {
		all.Go(func() {
			for _, code := range s.codes[i] {
				if faults[i] = s.expect(ctx, d, code, true, admit.OK); faults[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	for _, codes := range s.codes {
		s.Before += len(codes)
	}
	return errors.Join(append(faults, s.inCloud(ctx, s.doors))...)
}

// expect shows a ticket and holds the answer to what it must be.
func (s *swapped) expect(ctx context.Context, d *rig.Door, code string, in bool, reason admit.Reason) error {
	l := homely{house: s.house}
	got, err := l.ask(ctx, d, code)
	if err == nil && (got.Admit != in || got.Reason != reason || got.Offline && in) {
		err = fmt.Errorf("%s says %s of %s (alone: %v), not %s", d.Gate, got.Reason, code, got.Offline, reason)
	}
	return err
}

func (s *swapped) inCloud(ctx context.Context, doors []*rig.Door) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.patience())
	defer cancel()
	for _, d := range doors {
		if err := rig.Until(ctx, "all records of "+d.Gate+" in the cloud", func() error {
			status, err := d.Status(ctx)
			if err == nil && status.Journal > 0 {
				err = fmt.Errorf("%d are not confirmed", status.Journal)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// die: the last gate is switched off, and stays off; the hub is killed, and its disk is somewhere else from now on.
func (s *swapped) die(context.Context) error {
	off := s.doors[len(s.doors)-1].Gate
	s.programs[off].Kill()
	s.programs["hub"].Kill()
	return os.Rename(s.State("hub"), s.State("hub-old"))
}

func (s *swapped) hubPost(ctx context.Context, path string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Hub.HTTP+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// replace starts a hub with an empty disk, which joins as the old one did, under the same name. It grants nothing while a gate is off, until a supervisor has excluded that one,
// which takes their word that the old hub is off.
func (s *swapped) replace(ctx context.Context) error {
	hub := s.programs["hub"]
	if err := s.JoinHub(ctx, s.opt.Bin, s.api); err != nil {
		return err
	}
	if err := hub.Start(); err != nil {
		return err
	}
	if err := hub.Ready(ctx, rig.Answers("http://"+s.Hub.HTTP+"/status")); err != nil {
		return err
	}
	off := s.doors[len(s.doors)-1].Gate
	waited, cancel := context.WithTimeout(ctx, s.opt.patience())
	defer cancel()
	if err := rig.Until(waited, "the hub to wait for the gate that is off alone", func() error {
		status, err := s.hubStatus(ctx)
		if err == nil && (status.Ready || len(status.Waiting) != 1 || status.Waiting[0] != off || status.Term < 2) {
			err = fmt.Errorf("ready %v, term %d, it waits for %v", status.Ready, status.Term, status.Waiting)
		}
		return err
	}); err != nil {
		return err
	}
	for _, try := range []struct {
		path string
		want int
	}{{"/gates/" + off + "/exclude", http.StatusConflict}, {"/gates/" + off + "/exclude?old-hub=off", http.StatusNoContent}} {
		if got, err := s.hubPost(ctx, try.path); err != nil || got != try.want {
			return errors.Join(err, fmt.Errorf("POST %s: %d, not %d", try.path, got, try.want))
		}
	}
	if err := s.ruled(ctx, s.living()); err != nil {
		return err
	}
	status, err := s.hubStatus(ctx)
	s.Term = status.Term
	return err
}

func (s *swapped) living() []*rig.Door { return s.doors[:len(s.doors)-1] }

// again shows every ticket at a gate where it was not shown before: those of the gate that is off too.
func (s *swapped) again(ctx context.Context) error {
	living := s.living()
	for i, codes := range s.codes {
		for _, code := range codes {
			if err := s.expect(ctx, living[(i+1)%len(living)], code, false, admit.AlreadyUsed); err != nil {
				return err
			}
			s.Again++
		}
	}
	return nil
}

func (s *swapped) after(ctx context.Context) error {
	half := s.fresh[:len(s.fresh)/2]
	for _, code := range half {
		if err := s.expect(ctx, s.living()[0], code, true, admit.OK); err != nil {
			return err
		}
		if err := s.expect(ctx, s.living()[1], code, false, admit.AlreadyUsed); err != nil {
			return err
		}
		s.After++
	}
	return s.inCloud(ctx, s.living())
}

// wake brings the old hub back in the new one's place, cut off from the cloud: it hears from the gates that it has been
// replaced, and rules on nothing.
func (s *swapped) wake(ctx context.Context) error {
	hub := s.programs["hub"]
	hub.Kill()
	if err := errors.Join(os.Rename(s.State("hub"), s.State("hub-new")), os.Rename(s.State("hub-old"), s.State("hub"))); err != nil {
		return err
	}
	s.cables[cloudCable].cut()
	if err := hub.Start(); err != nil {
		return err
	}
	waited, cancel := context.WithTimeout(ctx, s.opt.patience())
	defer cancel()
	if err := rig.Until(waited, "the old hub to hear that it has been replaced", func() error {
		status, err := s.hubStatus(ctx)
		if err == nil && (status.Recovery == nil || status.Recovery.Rival == 0) {
			err = errors.New("it has not heard")
		}
		s.Rival = status.rival()
		return err
	}); err != nil {
		return err
	}
	for _, code := range s.fresh[len(s.fresh)/2:] {
		for _, d := range s.living() {
			if err := s.expect(ctx, d, code, false, admit.ArbiterRequired); err != nil {
				return err
			}
		}
		s.Silent++
	}
	hub.Kill()
	if err := errors.Join(s.cables[cloudCable].join(), os.Rename(s.State("hub"), s.State("hub-old")),
		os.Rename(s.State("hub-new"), s.State("hub"))); err != nil {
		return err
	}
	if err := hub.Start(); err != nil {
		return err
	}
	return s.ruled(ctx, s.living())
}

// count holds what the cloud has to everybody who came in.
func (s *swapped) count(ctx context.Context) error {
	if err := s.inCloud(ctx, s.living()); err != nil {
		return err
	}
	rows, err := privatepg.Rows[struct {
		Seq int64 `json:"seq"`
	}](ctx, s.postgres, "portaria", "SELECT seq FROM entry_events WHERE type = 'admission'")
	if err != nil {
		return err
	}
	if len(rows) != s.Before+s.After {
		return fmt.Errorf("the cloud has %d admissions, %d people came in", len(rows), s.Before+s.After)
	}
	all, err := privatepg.Rows[struct {
		Seq int64 `json:"seq"`
	}](ctx, s.postgres, "portaria", "SELECT seq FROM entry_events")
	s.Records = len(all)
	status, errHub := s.hubStatus(ctx)
	s.Doubled = len(status.conflicts())
	return errors.Join(err, errHub)
}
