package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"portaria/deploy/demo/market"
	"portaria/deploy/rig"
	"portaria/scanner-sim/crowd"
)

// festival is the evening as it goes on.
type festival struct {
	*world
	*story
	opt      options
	api      *rig.Client // with the organizer's key
	show     market.Programme
	tickets  []market.Ticket
	foreign  []string
	refunded []string // ticket ids
	badges   []string // of each gate's controller
	people   []told
	answered atomic.Int64 // people, up to now
}

// run tells the whole evening. It fails when anybody was told the wrong thing, or a record was lost or came twice; and where
// the evening could not be held at all, it says whether that is for want of processor time.
func run(ctx context.Context, opt options, s *story) (err error) {
	w, err := ground(opt)
	defer func() { err = errors.Join(err, w.close()) }()
	if err != nil {
		return err
	}
	if opt.Keep {
		s.say("everything is kept in %s", w.Dir)
	}
	f := &festival{world: w, story: s, opt: opt}
	for _, chapter := range []func(context.Context) error{f.prepare, f.sale, f.openDoors, f.lastMinute, f.watch} {
		if err := chapter(ctx); err != nil {
			if ctx.Err() != nil {
				return errors.New("interrupted before the evening was over")
			}
			return rig.Blame(err)
		}
	}
	return f.reckon(context.WithoutCancel(ctx))
}

func (f *festival) prepare(ctx context.Context) error {
	f.chapter("The house is set up")
	platform, err := f.openCloud(ctx)
	if err != nil {
		return err
	}
	f.say("cloud over a PostgreSQL of its own; the shop is at http://%s/", f.Cloud.HTTP)
	f.say("organizers register at http://%s/register; the mail with the link is a file in %s", f.Cloud.HTTP, filepath.Join(f.State("cloud"), "outbox"))
	var o market.Organizer
	if err := platform.Post(ctx, "/organizers", map[string]any{"name": "Porto Verão Alegre", "language": "pt-BR"}, &o); err != nil {
		return err
	}
	f.Organizer, f.api = o.ID, platform.As(o.APIKey)
	if f.show, err = market.Announce(ctx, f.api); err != nil {
		return err
	}
	f.Venue = f.show.Venue
	f.say("Porto Verão Alegre announces two shows at Theatro São Pedro, one tonight, with four offers")
	if f.badges, err = hire(ctx, f.api, f.Venue); err != nil {
		return err
	}
	checkpoints, err := equip(ctx, f.api, f.Venue)
	if err != nil {
		return err
	}
	if err := f.openVenue(ctx, checkpoints, f.api); err != nil {
		return err
	}
	f.say("one hub and two gates are up; what their controllers see: http://%s/ and http://%s/", f.Gates[0].Panel, f.Gates[1].Panel)
	for i, j := range f.joined {
		f.say("%s joined by the code that its own scanner read; both screens showed: %s", f.Gates[i].Name, strings.Join(j.Words, " "))
	}
	watch, err := f.Observe(ctx, f.bin, "watcher")
	if err != nil {
		return err
	}
	f.say("every link is TLS; the hub's state: http://%s/status; watch entries go by: mosquitto_sub %s", f.Hub.HTTP, watch) //nolint:misspell // the program's name is spelt so
	return nil
}

// openDoors lets the crowd in, with the hub unplugged in the middle.
func (f *festival) openDoors(ctx context.Context) error {
	f.chapter("The doors open")
	if err := f.signOn(ctx); err != nil {
		return err
	}
	if err := f.onPaper(ctx); err != nil {
		return err
	}
	plan := evening(f.opt.Seed)
	people, err := crowd.Gather(f.holders(), plan)
	if err != nil {
		return err
	}
	for i, wave := range waves(people, len(plan.Waves)) {
		let := f.admit
		if plan.Waves[i].Cut {
			let = f.admitWithoutHub
		}
		if err := let(ctx, wave); err != nil {
			return err
		}
	}
	return nil
}

// signOn has the controllers hold their badges under the scanners. Whoever is on duty may look tickets up.
func (f *festival) signOn(ctx context.Context) error {
	if err := f.everyGate(ctx, "everything", f.complete); err != nil {
		return err
	}
	for i, d := range f.doors {
		if err := d.signOn(ctx, f.badges[i]); err != nil {
			return err
		}
	}
	f.say("%s hold their badges under the scanners and are on duty", strings.Join(controllers, " and "))
	return nil
}

// holders are the codes that people come with. One ticket was used on paper already.
func (f *festival) holders() crowd.Tickets {
	used := map[string]bool{}
	for _, p := range f.people {
		used[p.Code] = true
	}
	good := func(event string) func(market.Ticket) bool {
		return func(t market.Ticket) bool { return t.EventID == event && t.State == "good" && !used[t.Code] }
	}
	back := func(t market.Ticket) bool { return slices.Contains(f.refunded, t.ID) }
	return crowd.Tickets{Valid: shown(f.tickets, good(f.show.Tonight)), WrongDay: shown(f.tickets, good(f.show.NextWeek)),
		Refunded: shown(f.tickets, back), Foreign: f.foreign}
}

// onPaper is the first guest: their ticket is downloaded as PDF, and the scanner simulator reads it off the page.
func (f *festival) onPaper(ctx context.Context) error {
	i := slices.IndexFunc(f.tickets, func(t market.Ticket) bool { return t.EventID == f.show.Tonight && t.State == "good" })
	if i < 0 {
		return errors.New("there is no good ticket for tonight")
	}
	var o market.Order
	if err := f.api.Get(ctx, "/orders/"+f.tickets[i].OrderID, &o); err != nil {
		return err
	}
	path := filepath.Join(f.Dir, "first-guest.pdf")
	if err := market.Download(ctx, o, path); err != nil {
		return err
	}
	binary, err := rig.Find(f.bin, "scanner-sim")
	if err != nil {
		return err
	}
	var code string
	got, err := f.doors[0].scan(ctx, func(ctx context.Context) error {
		text, err := exec.CommandContext(ctx, binary, "scan", path).Output()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return fmt.Errorf("read %s: %w: %s", path, err, exit.Stderr)
		} else if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		code = string(text[:len(text)-1])
		return exec.CommandContext(ctx, binary, "scan", path, "--to", f.Scanner(f.Gates[0])).Run()
	})
	if err != nil {
		return err
	}
	first := crowd.Person{Label: crowd.Valid, Code: code}
	f.people = append(f.people, told{first, got})
	f.say("the first guest holds a printed PDF under the scanner of %s: %s", got.Gate, got.Reason)
	return nil
}

// admit lets people in and tells what they were told.
func (f *festival) admit(ctx context.Context, people []crowd.Person) error {
	f.story.people(fmt.Sprintf("%d people come", len(people)), labels(people))
	results, err := letIn(ctx, people, f.lanes())
	f.people = append(f.people, results...)
	if err != nil {
		return err
	}
	f.story.people("they are told", reasons(results))
	return nil
}

// lanes are the doors as the crowd finds them.
func (f *festival) lanes() (lanes []entrance) {
	for _, d := range f.doors {
		lanes = append(lanes, counted{d, &f.answered})
	}
	return lanes
}

// counted is an entrance that counts whom it has answered.
type counted struct {
	entrance
	answered *atomic.Int64
}

func (c counted) show(ctx context.Context, code string) (answer, error) {
	got, err := c.entrance.show(ctx, code)
	c.answered.Add(1)
	return got, err
}
