package attendance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/ingest"
	"portaria/edge/admit"
)

// Incidents is what people should see to, and who has.
type Incidents interface {
	// Doubtful gives the records of every right that may have let in too many, by event.
	Doubtful(ctx context.Context, s Scope) (map[uuid.UUID][]ingest.History, error)
	Marks(ctx context.Context, organizer, venue uuid.UUID) (map[string]Mark, error)
	// SetMark keeps a mark; the first who made one stays.
	SetMark(ctx context.Context, organizer, venue uuid.UUID, key string, m Mark) error
}

// Mark says that somebody has seen to an incident.
type Mark struct {
	By, Note string
	At       time.Time
}

// Incident is one of them. Kinds are the hub's: conflict, tamper, fire, forced.
type Incident struct {
	Key     string
	Kind    string
	At      time.Time
	Gate    string         // of a machine's word
	Ref     string         // of a conflict
	Entries []admit.Record // of a conflict
	Mark    *Mark          // nil = nobody has
}

// Terms are what each kind of an event allows.
type Terms func(event uuid.UUID) (func(kind uint16) admit.Terms, error)

// Conflicts are the rights that let in too many, as incidents.
func Conflicts(histories map[uuid.UUID][]ingest.History, terms Terms) ([]Incident, error) {
	var out []Incident
	for event, all := range histories {
		of, err := terms(event)
		if err != nil {
			return nil, err
		}
		for _, c := range ingest.Conflicts(all, of) {
			last := c.Entries[len(c.Entries)-1]
			out = append(out, Incident{Kind: "conflict", At: time.UnixMilli(last.At), Ref: c.Ref.String(), Entries: c.Entries,
				Key: fmt.Sprintf("conflict %s %s %d", event, c.Ref, len(c.Entries))})
		}
	}
	return out, nil
}

// machines are the incidents that machines told.
func machines(words []Word) (out []Incident) {
	for _, w := range words {
		out = append(out, Incident{Kind: w.Which, At: TimeOf(w.Slot), Gate: w.Gate, Key: strings.Join([]string{w.Which, w.Gate, fmt.Sprint(w.Slot)}, " ")})
	}
	return out
}

// sortIncidents puts open ones first, then the newest.
func sortIncidents(all []Incident) {
	slices.SortStableFunc(all, func(a, b Incident) int {
		if (a.Mark == nil) != (b.Mark == nil) {
			if a.Mark == nil {
				return -1
			}
			return 1
		}
		return b.At.Compare(a.At)
	})
}
