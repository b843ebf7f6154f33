// Package duty knows who stands at a gate's lanes. It reads badges, checks PINs with a bound on guesses, and lets a
// supervisor say what only a supervisor may: that somebody is let in after all, or how an admission ended.
//
// Who is who comes from the signed venue manifest and the venue's secret. What a word does is the gate's (package lane).
package duty

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Gate does what people at it may ask for.
type Gate interface {
	OnDuty(ctx context.Context, lane int, controller string) error
	Override(ctx context.Context, lane int, supervisor, reason string) error
	Settle(ctx context.Context, scan admit.ScanID, supervisor string, entered bool) error
	Tell(lane int, notice string)
}

// People is what is known of them.
type People interface {
	Venue() (venue whitelist.SignedVenue, ok bool)
	Secrets(scope ticket.EventID) (secrets whitelist.Secrets, ok bool)
}

// Notices that a lane shows for a moment.
const (
	SignedOn      = "signed_on"
	SignedOff     = "signed_off"
	UnknownBadge  = "unknown_badge"
	OtherDoor     = "other_door"
	NotSupervisor = "not_supervisor"
	NotNow        = "not_now" // the gate can't do it any more
	Done          = "done"
	Slow          = "slow" // too many codes that are none
	Tested        = "tested"
)

// Refusals.
var (
	ErrWho        = errors.New("number or PIN is wrong")
	ErrDoor       = errors.New("not at this door")
	ErrSupervisor = errors.New("only a supervisor may")
	ErrNobody     = errors.New("nobody can be known yet: the venue's manifest or its secret has not come")
)

// Login is what a person types.
type Login struct {
	Number int    `json:"number"`
	PIN    string `json:"pin"`
}

// waitTime is how long a supervisor's badge is waited for.
const waitTime = 30 * time.Second

// again is how soon after signing on the same badge does not sign off: it was only held there too long.
const again = 10 * time.Second

// Desk is one gate's.
type Desk struct {
	gate   Gate
	people People
	log    *slog.Logger
	tries  tries

	mu    sync.Mutex
	lanes map[int]*post
}

// post is one lane's.
type post struct {
	checkpoint string
	who        string // controller on duty
	since      time.Time
	wish       func(ctx context.Context, supervisor string) error // waits for a supervisor's badge
	until      time.Time
}

// New makes a desk for lanes, each at a checkpoint.
func New(gate Gate, people People, lanes map[int]string, log *slog.Logger) *Desk {
	d := &Desk{gate: gate, people: people, log: log, lanes: map[int]*post{}, tries: newTries()}
	for number, checkpoint := range lanes {
		d.lanes[number] = &post{checkpoint: checkpoint}
	}
	return d
}

// Read takes what a lane's scanner read, if it is a badge: it signs its holder on or off, or is the supervisor's word
// that the lane waits for. False = it is no badge.
func (d *Desk) Read(ctx context.Context, lane int, text string) bool {
	id, ours := badgeID(text)
	if !ours {
		return false
	}
	venue, ok := d.people.Venue()
	secrets, known := d.people.Secrets(venue.Venue.Venue)
	if !ok || !known {
		return false
	}
	person := venue.Controller(whitelist.TicketKey(secrets.For(venue.Epoch), id))
	if person == nil && !staffCode(venue, text) {
		return false
	}
	d.badge(ctx, lane, person)
	return true
}

// badgeID is the number on a badge's signed code, or on its short one.
func badgeID(text string) (ticket.ID, bool) {
	if code, err := ticket.Parse(text); err == nil {
		return code.ID(), code.Fields().Kind == ticket.KindStaff
	}
	id, err := ticket.ParseShort(text)
	return id, err == nil
}

// staffCode says whether a code is a badge of this venue, in force or not.
func staffCode(venue whitelist.SignedVenue, text string) bool {
	code, err := ticket.Parse(text)
	if err != nil || code.Fields().Kind != ticket.KindStaff {
		return false
	}
	return slices.ContainsFunc(venue.BadgeKeys, func(k whitelist.CodeKey) bool {
		return k.ID == code.Fields().KeyID && code.Verify(venue.Venue.Venue, k.Key)
	})
}

func (d *Desk) badge(ctx context.Context, lane int, person *whitelist.Controller) {
	p := d.lanes[lane]
	switch {
	case p == nil:
	case person == nil:
		d.gate.Tell(lane, UnknownBadge)
	case d.fulfil(ctx, lane, p, person):
	case !serves(person, p.checkpoint):
		d.gate.Tell(lane, OtherDoor)
	default:
		d.clock(ctx, lane, p, person.ID)
	}
}

// fulfil gives the word that the lane waits for, if it does.
func (d *Desk) fulfil(ctx context.Context, lane int, p *post, person *whitelist.Controller) bool {
	d.mu.Lock()
	wish := p.wish
	if wish == nil || time.Now().After(p.until) {
		p.wish = nil
		d.mu.Unlock()
		return false
	}
	allowed := person.Supervisor && serves(person, p.checkpoint)
	if allowed {
		p.wish = nil
	}
	d.mu.Unlock()
	if !allowed {
		d.gate.Tell(lane, NotSupervisor)
		return true
	}
	if err := wish(ctx, person.ID); err != nil {
		d.log.Warn("a supervisor's word came to nothing", "lane", lane, "why", err)
		d.gate.Tell(lane, NotNow)
		return true
	}
	d.gate.Tell(lane, Done)
	return true
}

// clock signs a person on; who is on duty already ends the shift.
func (d *Desk) clock(ctx context.Context, lane int, p *post, id string) {
	d.mu.Lock()
	mine, just := p.who == id, time.Since(p.since) < again
	d.mu.Unlock()
	switch {
	case mine && just:
		d.gate.Tell(lane, SignedOn)
	case mine:
		d.put(ctx, lane, p, "")
	default:
		d.put(ctx, lane, p, id)
	}
}

func (d *Desk) put(ctx context.Context, lane int, p *post, id string) {
	if err := d.gate.OnDuty(ctx, lane, id); err != nil {
		d.log.Warn("nobody could sign on or off", "lane", lane, "why", err)
		d.gate.Tell(lane, NotNow)
		return
	}
	d.mu.Lock()
	p.who, p.since = id, time.Now()
	d.mu.Unlock()
	notice := SignedOn
	if id == "" {
		notice = SignedOff
	}
	d.gate.Tell(lane, notice)
}

func serves(person *whitelist.Controller, checkpoint string) bool {
	return len(person.Checkpoints) == 0 || slices.Contains(person.Checkpoints, checkpoint)
}

// OnDuty says whether somebody is on duty at a lane.
func (d *Desk) OnDuty(lane int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.lanes[lane]
	return p != nil && p.who != ""
}

// Waiting says whether a lane waits for a supervisor's badge.
func (d *Desk) Waiting(lane int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.lanes[lane]
	return p != nil && p.wish != nil && time.Now().Before(p.until)
}

// Recheck ends the shift of everybody whom the manifest in force does not name at their door any more.
func (d *Desk) Recheck(ctx context.Context) {
	venue, _ := d.people.Venue()
	for lane, p := range d.lanes {
		d.mu.Lock()
		who := p.who
		d.mu.Unlock()
		if who == "" {
			continue
		}
		at := slices.IndexFunc(venue.Controllers, func(c whitelist.Controller) bool { return c.ID == who })
		if at < 0 || !serves(&venue.Controllers[at], p.checkpoint) {
			d.put(ctx, lane, p, "")
		}
	}
}
