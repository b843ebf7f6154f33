package privacy

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/jobs"
)

// Fate is what an erasure does with something.
type Fate string

// Fates.
const (
	Goes  Fate = "goes"
	Stays Fate = "stays" // and why says why
	Waits Fate = "waits" // it goes by itself, later
)

// Step is one line of an erasure's plan.
type Step struct {
	What  string // orders, tickets, books, entries, invitations, staff, mails, views, answers, files
	Count int
	Fate  Fate
	Why   string    // a code; empty where it goes
	Until time.Time // of what waits, where it is known
}

// Plan is what an erasure will do.
type Plan struct {
	Steps []Step
	Now   []uuid.UUID // orders that are erased at once
	Held  []uuid.UUID // orders that wait
	Until time.Time   // when the last of them is expected to be free
}

// Nothing says that nothing can be erased now, nor later.
func (p Plan) Nothing() bool {
	for _, s := range p.Steps {
		if s.Fate != Stays {
			return false
		}
	}
	return true
}

// quietAfter is how long after an event's end its orders are still needed: for refunds, and at doors that were late.
const quietAfter = 7 * 24 * time.Hour

// held says why an order must wait, and until when. The ticket of an event to come must open the door, and money on its
// way must arrive.
func (o Order) held(now time.Time) (why string, until time.Time) {
	over := o.OverAt.Add(quietAfter)
	switch {
	case o.Moving:
		return "money_moving", now.Add(24 * time.Hour)
	case over.After(now) && (o.State == "paid" || o.State == "part_refunded"):
		return "event_to_come", over
	}
	return "", time.Time{}
}

// PlanErasure says what an erasure of a person would do; nothing is changed.
func PlanErasure(p Person, now time.Time) Plan {
	var plan Plan
	waits := map[string]*Step{}
	tickets, books, entries := 0, 0, 0
	for _, o := range p.Orders {
		tickets, entries = tickets+len(o.Tickets), entries+len(o.Entries)
		books += 1 + len(o.Payments) + len(o.Refunds)
		why, until := o.held(now)
		if why == "" {
			plan.Now = append(plan.Now, o.ID)
			continue
		}
		plan.Held = append(plan.Held, o.ID)
		if waits[why] == nil {
			waits[why] = &Step{What: "orders", Fate: Waits, Why: why}
		}
		w := waits[why]
		w.Count++
		if until.After(w.Until) {
			w.Until = until
		}
		if until.After(plan.Until) {
			plan.Until = until
		}
	}
	add := func(s Step) {
		if s.Count > 0 {
			plan.Steps = append(plan.Steps, s)
		}
	}
	add(Step{What: "orders", Count: len(plan.Now), Fate: Goes})
	for _, why := range []string{"event_to_come", "money_moving"} {
		if waits[why] != nil {
			add(*waits[why])
		}
	}
	add(Step{What: "invitations", Count: len(p.Invitations), Fate: Goes})
	add(Step{What: "mails", Count: len(p.Mails), Fate: Goes})
	add(Step{What: "views", Count: p.Views, Fate: Goes})
	add(Step{What: "answers", Count: p.Answers, Fate: Goes})
	add(Step{What: "books", Count: books, Fate: Stays, Why: "law"})
	add(Step{What: "tickets", Count: tickets, Fate: Stays, Why: "nobody"})
	add(Step{What: "entries", Count: entries, Fate: Stays, Why: "nobody"})
	add(Step{What: "staff", Count: len(p.Staff), Fate: Stays, Why: "works_here"})
	return plan
}

// BeginErasure has a person erased by a job. typed must be their mail address: it is asked for again. ErrNotTyped,
// ErrNotNow.
func (s *Service) BeginErasure(ctx context.Context, r Request, typed, by string) error {
	if r.Email == "" || !strings.EqualFold(strings.TrimSpace(typed), r.Email) {
		return ErrNotTyped
	}
	return s.begin(ctx, r, Erase, JobErase, by)
}

// EraseWork is the work of erasing: order by order, each in its own transaction, so that it may be stopped anywhere.
func (s *Service) EraseWork(ctx context.Context, r *jobs.Run) error {
	q, gone, err := s.taken(ctx, r)
	if err != nil || gone {
		return err
	}
	p, err := s.Trail.Find(ctx, q.Organizer, q.Email, q.Held)
	if err != nil {
		return err
	}
	plan := PlanErasure(p, s.Now())
	if q.Result == nil {
		q.Result = map[string]int64{}
	}
	if err := s.eraseRest(ctx, &q, p); err != nil { // first, while it is known under which names to look
		return err
	}
	for i, id := range plan.Now {
		if r.Spent() {
			return jobs.ErrMore
		}
		if err := s.eraseOrder(ctx, &q, id); err != nil {
			return fmt.Errorf("erase order %s: %w", id, err)
		}
		if err := r.Tell(ctx, "orders", int64(i+1), int64(len(plan.Now))); err != nil {
			return err
		}
	}
	if err := r.Came(q.Result); err != nil {
		return err
	}
	return s.over(ctx, q, plan)
}

func (s *Service) eraseOrder(ctx context.Context, q *Request, id uuid.UUID) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		erased, err := s.Trail.EraseOrder(ctx, q.Organizer, id, s.Now())
		if err != nil || !erased {
			return err
		}
		q.Result["orders"]++
		return s.Requests.Move(ctx, *q)
	})
}

// eraseRest forgets what is not an order's.
func (s *Service) eraseRest(ctx context.Context, q *Request, p Person) error {
	if q.Email == "" {
		return nil // it was done when the request was first carried out
	}
	counts, err := s.Trail.EraseRest(ctx, q.Organizer, q.Email, p.Names())
	if err != nil {
		return err
	}
	if counts["files"], err = s.Files.DropOf(ctx, q.Organizer, q.Email, uuid.Nil); err != nil {
		return err
	}
	if s.Outbox != nil {
		if counts["outbox"], err = s.Outbox.Forget(q.Email); err != nil {
			return err
		}
	}
	for what, n := range counts {
		if n > 0 {
			q.Result[what] += n
		}
	}
	return nil
}

// over ends a request, or has it wait for the orders that cannot go yet. Either way nobody's address stays in it.
func (s *Service) over(ctx context.Context, q Request, plan Plan) error {
	q.Email, q.Held = "", plan.Held
	if len(plan.Held) == 0 {
		q.State, q.Ended, q.HeldUntil = Done, s.Now(), time.Time{}
	} else {
		q.State, q.HeldUntil = Held, plan.Until
	}
	return s.Requests.Move(ctx, q)
}
