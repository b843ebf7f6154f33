package foreign

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// codesAtOnce bounds one statement of an import.
const codesAtOnce = 5000

// event reads an event of the organizer. ErrNoEvent.
func (o *Office) event(ctx context.Context, s Scope) (gatehouse.EventFacts, error) {
	facts, err := o.Events.EventFacts(ctx, ticket.EventID(s.Event))
	if err == nil && facts.Organizer != ticket.EventID(s.Organizer) {
		err = ErrNoEvent
	}
	return facts, err
}

// AddIssuer lets another seller's codes in at an event, as one of its offers.
func (o *Office) AddIssuer(ctx context.Context, s Scope, i whitelist.Issuer) error {
	facts, err := o.event(ctx, s)
	if err != nil {
		return err
	}
	if err := fault.Text("name", i.Name, true, maxName); err != nil {
		return err
	}
	switch {
	case len(i.Name) > maxName:
		return fault.On("name", "Shorten the name to 64 bytes.")
	case !slices.ContainsFunc(facts.Kinds, func(k gatehouse.NumberedKind) bool { return k.Number == i.Kind }):
		return fault.On("kind", "Choose the number of one of the event's offers.")
	case len(facts.Issuers) >= maxIssuers:
		return fault.On("name", "An event has at most 64 issuers.")
	case len(i.Pretix) > maxKeys || slices.ContainsFunc(i.Pretix, func(k ed25519.PublicKey) bool { return len(k) != ed25519.PublicKeySize }):
		return fault.On("pretix", "Give at most 16 Ed25519 public keys of 32 bytes each.")
	}
	return o.Issuer.AddIssuer(ctx, s, i)
}

// Issuers lists an event's issuers.
func (o *Office) Issuers(ctx context.Context, s Scope) ([]whitelist.Issuer, error) {
	if _, err := o.event(ctx, s); err != nil {
		return nil, err
	}
	return o.Issuer.Issuers(ctx, s)
}

// Reports lists what the newest imports of an issuer did.
func (o *Office) Reports(ctx context.Context, s Scope, issuer string) ([]Report, error) {
	if _, err := o.event(ctx, s); err != nil {
		return nil, err
	}
	return o.Code.Reports(ctx, s, issuer)
}

// Import adds an issuer's codes to the event's list, and reports each line that it skipped.
func (o *Office) Import(ctx context.Context, s Scope, name string, lines []Line) (Report, error) {
	facts, err := o.event(ctx, s)
	if err != nil {
		return Report{}, err
	}
	at := slices.IndexFunc(facts.Issuers, func(i whitelist.Issuer) bool { return i.Name == name })
	if at < 0 {
		return Report{}, ErrNoIssuer
	}
	secrets, err := o.Keys.Secrets(ctx, ticket.EventID(s.Event), ticket.EventID(s.Organizer))
	if err != nil {
		return Report{}, err
	}
	issuer := facts.Issuers[at]
	plan := NewPlan(issuer, lines)
	report := Report{ID: uuid.Must(uuid.NewV7()), Issuer: name, MadeAt: o.Now(), Lines: plan.Lines}
	err = o.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := o.dropCollisions(ctx, s, facts.Issuers, issuer, &plan); err != nil {
			return fmt.Errorf("look for collisions: %w", err)
		}
		if err := o.add(ctx, s, issuer, secrets.Ref, &plan); err != nil {
			return fmt.Errorf("add %d codes: %w", len(plan.Codes), err)
		}
		report.Imported = len(plan.Codes)
		report.Skips = len(plan.Skipped)
		slices.SortFunc(plan.Skipped, func(a, b Skip) int { return cmp.Compare(a.Line, b.Line) })
		report.Skipped = plan.Skipped[:min(len(plan.Skipped), MaxSkips)]
		return o.Code.KeepReport(ctx, s, report)
	})
	return report, err
}

// add takes out of the plan what was listed already.
func (o *Office) add(ctx context.Context, s Scope, issuer whitelist.Issuer, secret [32]byte, plan *Plan) error {
	added := make(map[string]bool, len(plan.Codes))
	for part := range slices.Chunk(plan.Codes, codesAtOnce) {
		codes, refs := make([]string, len(part)), make([]whitelist.Ref, len(part))
		for i, c := range part {
			codes[i], refs[i] = c.Code, whitelist.ForeignRef(secret, issuer.Name, c.Code)
		}
		fresh, err := o.Code.AddCodes(ctx, s, issuer, codes, refs)
		if err != nil {
			return err
		}
		for _, code := range fresh {
			added[code] = true
		}
	}
	plan.drop(func(c Coded) bool { return !added[c.Code] }, Known)
	return nil
}

// dropCollisions skips lines that a gate would also read as one of our tickets, or as another issuer's listed code:
// both holders would be refused as ambiguous.
func (o *Office) dropCollisions(ctx context.Context, s Scope, issuers []whitelist.Issuer, mine whitelist.Issuer, plan *Plan) error {
	readings := []reading{{"", func(text string) string { id, _ := ours(text); return id }}}
	for _, other := range issuers {
		if other.Name != mine.Name {
			readings = append(readings, reading{other.Name, other.Normalise.Apply})
		}
	}
	for _, r := range readings {
		listed, err := o.listed(ctx, s, r, plan.Codes)
		if err != nil {
			return err
		}
		plan.drop(func(c Coded) bool { return listed[r.of(c.Line.Text)] || listed[r.of(c.Code)] }, Collides)
	}
	return nil
}

// reading is what a text becomes in a namespace, "" for nothing.
type reading struct {
	namespace string
	of        func(text string) string
}

func (o *Office) listed(ctx context.Context, s Scope, r reading, codes []Coded) (map[string]bool, error) {
	var candidates []string
	for _, c := range codes {
		for _, text := range []string{c.Line.Text, c.Code} { // as printed here, and as the other may have printed it
			if as := r.of(text); as != "" {
				candidates = append(candidates, as)
			}
		}
	}
	out := map[string]bool{}
	for part := range slices.Chunk(candidates, codesAtOnce) {
		found, err := o.Code.Listed(ctx, s, r.namespace, part)
		if err != nil {
			return nil, err
		}
		for _, code := range found {
			out[code] = true
		}
	}
	return out, nil
}
