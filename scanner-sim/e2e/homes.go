package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"portaria/deploy/privatepg"
	"portaria/deploy/rig"
	"portaria/edge/admit"
)

// HomeOptions are of a house whose doors have the policy home.
type HomeOptions struct {
	Bin     string
	Tickets int // shown at the first gate while the hub is there, and as many while it is not
	Say     func(format string, args ...any)
}

// HomeResult is where people came in.
type HomeResult struct {
	Recalled int            // that another gate surrendered, so that the first gate might let them in
	Alone    map[string]int // let in without the hub, by gate
	SentOn   int            // told to go to the other gate
	Again    int            // second tries, at all gates, that were refused at the end
	Doubled  int            // conflicts that the hub tells of
}

// Line is all of it in one line.
func (r *HomeResult) Line() string {
	return fmt.Sprintf("homes: recalled=%d alone=%v sent_on=%d again=%d doubled=%d", r.Recalled, r.Alone, r.SentOn, r.Again, r.Doubled)
}

// homely is a house with two gates, at each of which some tickets are at home.
type homely struct {
	*house
	*HomeResult
	with, without []string // tickets shown with the hub, and without it
}

// Homes has a crowd come to two gates of the policy home, with the hub and without it.
func Homes(ctx context.Context, opt HomeOptions) (r *HomeResult, err error) {
	codes := tickets("CASA", 2*opt.Tickets)
	house, err := open(ctx, Options{Bin: opt.Bin, Gates: 2, Seconds: 60, Say: opt.Say, Policy: "home"}, codes)
	defer func() { err = errors.Join(err, house.close(err != nil)) }()
	if err != nil {
		return nil, err
	}
	r = &HomeResult{Alone: map[string]int{}}
	l := &homely{house: house, HomeResult: r, with: codes[:opt.Tickets], without: codes[opt.Tickets:]}
	for _, step := range []func(context.Context) error{l.settle, l.withHub, l.alone, l.together} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("%w (logs are in %s)", err, house.Dir)
		}
	}
	return r, nil
}

// settle names every gate as a home, and waits until each may let its own people in alone.
func (h *house) settle(ctx context.Context) error {
	for _, g := range h.Gates {
		body := map[string]any{"home_gates": []string{g.Name}}
		if err := h.api.Do(ctx, http.MethodPatch, "/checkpoints/"+g.Checkpoint, body, nil); err != nil {
			return err
		}
	}
	return h.confirmed(ctx)
}

func (h *house) confirmed(ctx context.Context) error {
	return h.everyDoor(ctx, "the hub's word on its homes", func(ctx context.Context, d *rig.Door) error {
		s, err := d.Status(ctx)
		if err == nil && !(s.Hub.Up && s.Hub.Ready && s.Hub.Homes) {
			err = errors.New("it may not admit alone yet")
		}
		return err
	})
}

// withHub shows tickets at the first gate, wherever they are at home: all come in.
func (l *homely) withHub(ctx context.Context) error {
	for _, code := range l.with {
		got, err := l.ask(ctx, l.doors[0], code)
		if err != nil {
			return err
		}
		if !got.Admit || got.Offline {
			return fmt.Errorf("%s says %s of %s, with the hub there", l.doors[0].Gate, got.Reason, code)
		}
	}
	return nil
}

// alone kills the hub and shows fresh tickets at both gates: each comes in at one, and the other says at which.
func (l *homely) alone(ctx context.Context) error {
	hub := l.programs["hub"]
	hub.Kill()
	if err := l.everyDoor(ctx, "the hub gone", func(ctx context.Context, d *rig.Door) error {
		s, err := d.Status(ctx)
		if err == nil && s.Hub.Up {
			err = errors.New("it still thinks that the hub is there")
		}
		return err
	}); err != nil {
		return err
	}
	for _, code := range l.without {
		if err := l.oneHome(ctx, code); err != nil {
			return err
		}
	}
	return hub.Start()
}

func (l *homely) oneHome(ctx context.Context, code string) error {
	home, sent := "", ""
	for _, d := range l.doors {
		got, err := l.ask(ctx, d, code)
		switch {
		case err != nil:
			return err
		case got.Admit && got.Offline && home == "":
			home = d.Gate
			l.Alone[home]++
		case got.Reason == admit.OtherGate && sent == "":
			sent = got.Where
			l.SentOn++
		default:
			return fmt.Errorf("%s says %s of %s, without the hub", d.Gate, got.Reason, code)
		}
	}
	if home != sent {
		return fmt.Errorf("%s came in at %s, and was sent to %s", code, home, sent)
	}
	return nil
}

// together waits for the hub, and shows every ticket at both gates once more.
func (l *homely) together(ctx context.Context) error {
	if err := l.programs["hub"].Ready(ctx, rig.Answers("http://"+l.Hub.HTTP+"/status")); err != nil {
		return err
	}
	if err := l.confirmed(ctx); err != nil {
		return err
	}
	for _, code := range slices.Concat(l.with, l.without) {
		for _, d := range l.doors {
			got, err := l.ask(ctx, d, code)
			if err != nil {
				return err
			}
			if got.Admit || got.Reason != admit.AlreadyUsed {
				return fmt.Errorf("%s says %s of %s, which is used", d.Gate, got.Reason, code)
			}
			l.Again++
		}
	}
	return l.count(ctx)
}

// count waits until every record has reached the database, and reads how many rights were surrendered.
func (l *homely) count(ctx context.Context) error {
	err := l.everyDoor(ctx, "all records in the cloud", func(ctx context.Context, d *rig.Door) error {
		s, err := d.Status(ctx)
		if err == nil && s.Journal > 0 {
			err = fmt.Errorf("%d records are not confirmed", s.Journal)
		}
		return err
	})
	if err != nil {
		return err
	}
	rows, err := privatepg.Rows[struct{}](ctx, l.postgres, "portaria", "SELECT seq FROM entry_events WHERE type = 'surrender'")
	if err != nil {
		return err
	}
	l.Recalled = len(rows)
	status, err := l.hubStatus(ctx)
	l.Doubled = len(status.conflicts())
	return err
}

// ask shows a ticket and waits for what the screen says of it; who is let in goes through.
func (l *homely) ask(ctx context.Context, d *rig.Door, code string) (got rig.Shown, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	before, err := d.Newest(ctx)
	if err != nil {
		return got, err
	}
	if err := d.Scanner.Scan(ctx, code); err != nil {
		return got, err
	}
	err = rig.Until(ctx, d.Gate+" to answer", func() error {
		if got, err = d.Newest(ctx); err != nil {
			return err
		}
		if got.Scan == before.Scan {
			return errors.New("the screen has not changed")
		}
		return nil
	})
	if err == nil && got.Admit {
		err = d.Pass(ctx)
	}
	return got, err
}
