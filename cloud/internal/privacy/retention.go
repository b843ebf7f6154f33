package privacy

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/jobs"
)

// Rule says how long one kind of data is kept: so many days after something. The organizer chooses within the bounds.
type Rule struct {
	ID          string
	Default     int // days
	Least, Most int
}

// Rules of retention.
const (
	Buyers      = "buyers"      // after the last event of the order: who bought
	Entries     = "entries"     // after the event: which ticket came in, who stood at the door
	Invitations = "invitations" // after they were taken, withdrawn or too old
	Controllers = "controllers" // after they were retired: their names
	Addresses   = "addresses"   // of clients, in the audit log
)

// Rules are all there are. The least for addresses is what Brazil's Marco Civil da Internet asks of providers (Law
// 12.965/2014, art. 15: six months).
func Rules() []Rule {
	return []Rule{
		{ID: Buyers, Default: 365, Least: 30, Most: 1825},
		{ID: Entries, Default: 180, Least: 30, Most: 1825},
		{ID: Invitations, Default: 90, Least: 7, Most: 365},
		{ID: Controllers, Default: 365, Least: 30, Most: 1825},
		{ID: Addresses, Default: 180, Least: 180, Most: 730},
	}
}

// Chosen is a rule with the days that hold for an organizer.
type Chosen struct {
	Rule
	Days int
}

// Before is the time before which the rule clears away.
func (c Chosen) Before(now time.Time) time.Time { return now.AddDate(0, 0, -c.Days) }

// Shelves is where data grows old.
type Shelves interface {
	Rules(ctx context.Context, organizer uuid.UUID) (map[string]int, error) // days, where they were chosen
	SetRule(ctx context.Context, organizer uuid.UUID, rule string, days int) error
	// Count is how much a rule would clear away.
	Count(ctx context.Context, organizer uuid.UUID, rule string, before time.Time) (int64, error)
	// Clear clears some of it away; more says that there is more.
	Clear(ctx context.Context, organizer uuid.UUID, rule string, before, now time.Time) (cleared int64, more bool, err error)
	// Due are organizers who were not looked through since a time.
	Due(ctx context.Context, since time.Time, limit int) ([]uuid.UUID, error)
}

// Retention is the rules as they hold for an organizer.
func (s *Service) Retention(ctx context.Context, organizer uuid.UUID) ([]Chosen, error) {
	set, err := s.Shelves.Rules(ctx, organizer)
	if err != nil {
		return nil, err
	}
	var all []Chosen
	for _, r := range Rules() {
		c := Chosen{r, r.Default}
		if days, chosen := set[r.ID]; chosen {
			c.Days = min(max(days, r.Least), r.Most) // bounds may have been narrowed since
		}
		all = append(all, c)
	}
	return all, nil
}

// SetRetention chooses the days of rules, all or none. What is refused names the rule as its field.
func (s *Service) SetRetention(ctx context.Context, organizer uuid.UUID, days map[string]int) error {
	for _, r := range Rules() {
		if d, given := days[r.ID]; given && (d < r.Least || d > r.Most) {
			return fault.On(r.ID, fmt.Sprintf("Give between %d and %d days.", r.Least, r.Most))
		}
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		for _, r := range Rules() {
			d, given := days[r.ID]
			if !given {
				continue
			}
			if err := s.Shelves.SetRule(ctx, organizer, r.ID, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// Pile is what a rule would clear away now.
type Pile struct {
	Chosen
	Count int64
}

// PlanClearing says what the next clearing will remove, as of now; nothing is changed.
func (s *Service) PlanClearing(ctx context.Context, organizer uuid.UUID) ([]Pile, error) {
	rules, err := s.Retention(ctx, organizer)
	if err != nil {
		return nil, err
	}
	var all []Pile
	for _, r := range rules {
		n, err := s.Shelves.Count(ctx, organizer, r.ID, r.Before(s.Now()))
		if err != nil {
			return nil, err
		}
		all = append(all, Pile{r, n})
	}
	return all, nil
}

// Kinds of jobs.
const (
	JobClear  = "privacy_clear"
	JobExport = "privacy_export"
	JobErase  = "privacy_erase"
)

// ClearHour is the hour (UTC) after which every organizer's data is looked through: night in Brazil and in Europe.
const ClearHour = 4

// LastNight is when the round before now began, NextNight when the next one does.
func LastNight(now time.Time) time.Time {
	t := time.Date(now.UTC().Year(), now.UTC().Month(), now.UTC().Day(), ClearHour, 0, 0, 0, time.UTC)
	if t.After(now) {
		t = t.AddDate(0, 0, -1)
	}
	return t
}

// NextNight is when data is looked through next.
func NextNight(now time.Time) time.Time { return LastNight(now).AddDate(0, 0, 1) }

const dueAtOnce = 200

// Nightly asks for the clearing of every organizer who was not looked through since the last night. Called often: a
// program that was down at night does it when it is up.
func (s *Service) Nightly(ctx context.Context) error {
	for {
		due, err := s.Shelves.Due(ctx, LastNight(s.Now()), dueAtOnce)
		if err != nil {
			return err
		}
		for _, organizer := range due {
			if err := s.Jobs.Add(ctx, jobs.New(organizer, JobClear, "", "portaria", s.Now())); err != nil {
				return err
			}
		}
		if len(due) < dueAtOnce {
			return nil
		}
	}
}

// ClearNow asks for the clearing of one organizer's data.
func (s *Service) ClearNow(ctx context.Context, organizer uuid.UUID, by string) (jobs.Job, error) {
	j := jobs.New(organizer, JobClear, "", by, s.Now())
	return j, s.Jobs.Add(ctx, j)
}

// cleared is how far a clearing is, and what came of it.
type cleared map[string]int64

// Clear is the work of clearing away: rule after rule, then what waits for its day.
func (s *Service) Clear(ctx context.Context, r *jobs.Run) error {
	rules, err := s.Retention(ctx, r.Organizer)
	if err != nil {
		return err
	}
	done := cleared{}
	if err := r.Place(&done); err != nil || done == nil {
		done = cleared{}
	}
	for i, rule := range rules {
		for more := true; more; {
			if r.Spent() {
				return jobs.ErrMore
			}
			if more, err = s.clearSome(ctx, r, rule, done); err != nil {
				return fmt.Errorf("clear %s away: %w", rule.ID, err)
			}
			if err := r.Tell(ctx, rule.ID, int64(i), int64(len(rules))); err != nil {
				return err
			}
		}
	}
	if err := s.waited(ctx, r.Organizer); err != nil {
		return err
	}
	return r.Came(done)
}

// clearSome clears one bite away, with the count of it.
func (s *Service) clearSome(ctx context.Context, r *jobs.Run, rule Chosen, done cleared) (more bool, err error) {
	now := s.Now()
	n, more, err := s.Shelves.Clear(ctx, r.Organizer, rule.ID, rule.Before(now), now)
	if err != nil || n == 0 {
		return more, err
	}
	done[rule.ID] += n
	return more, r.Keep(ctx, done)
}
