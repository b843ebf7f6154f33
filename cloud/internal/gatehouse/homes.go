package gatehouse

import (
	"slices"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Standing is which gates of a checkpoint are homes: those that the organizer chose, or every one that a hub knows.
type Standing struct {
	Checkpoint string
	Gates      []string
}

// homeRules names the homes of rights at the doors that have the policy home. All the doors that let somebody in on a right,
// from outside or into one inner zone, share its homes, since it is one right whatever the door. What doors of every event
// say comes last and names no event, so that the homes stay as they are while events come and go.
func (f VenueFacts) homeRules() (rules []whitelist.HomeRule) {
	for _, inner := range inners(f.Checkpoints) {
		doors := slices.DeleteFunc(slices.Clone(f.Checkpoints), func(c whitelist.Checkpoint) bool {
			return c.Policy != whitelist.Home || c.Direction == whitelist.Out || innerOf(c) != inner
		})
		all := f.gatesOf(doors, func(c whitelist.Checkpoint) bool { return len(c.Events) == 0 && len(c.Kinds) == 0 })
		for _, event := range f.Events {
			rules = append(rules, f.rulesOf(event.Event, inner, doors, all)...)
		}
		if len(all) > 0 {
			rules = append(rules, whitelist.HomeRule{Inner: inner, Gates: all})
		}
	}
	return rules
}

// rulesOf are the rules of one event that differ from those of all: of each kind whose tickets come in at other doors than
// most do, and of the others. A home gate must be one that lets its people in.
func (f VenueFacts) rulesOf(event ticket.EventID, inner string, doors []whitelist.Checkpoint, all []string) (rules []whitelist.HomeRule) {
	serves := func(c whitelist.Checkpoint) bool { return len(c.Events) == 0 || slices.Contains(c.Events, event) }
	usual := f.gatesOf(doors, func(c whitelist.Checkpoint) bool { return serves(c) && len(c.Kinds) == 0 })
	for _, kind := range f.Kinds[event] {
		gates := f.gatesOf(doors, func(c whitelist.Checkpoint) bool { return serves(c) && takes(c, event, kind) })
		if len(gates) == 0 || slices.Equal(gates, usual) {
			continue
		}
		at := slices.IndexFunc(rules, func(r whitelist.HomeRule) bool { return slices.Equal(r.Gates, gates) })
		if at < 0 {
			at = len(rules)
			rules = append(rules, whitelist.HomeRule{Event: event, Inner: inner, Gates: gates})
		}
		rules[at].Kinds = append(rules[at].Kinds, kind.Number)
	}
	if len(usual) > 0 && !slices.Equal(usual, all) {
		rules = append(rules, whitelist.HomeRule{Event: event, Inner: inner, Gates: usual})
	}
	return rules
}

// takes says whether a door lets in a kind of ticket.
func takes(c whitelist.Checkpoint, event ticket.EventID, kind NumberedKind) bool {
	chosen := len(c.Kinds) == 0 || slices.Contains(c.Kinds, whitelist.KindRef{Event: event, Kind: kind.Number})
	return chosen && (len(kind.Kind.Zones) == 0 || slices.Contains(kind.Kind.Zones, c.To))
}

// gatesOf are the gates of some doors, sorted, each once.
func (f VenueFacts) gatesOf(doors []whitelist.Checkpoint, of func(whitelist.Checkpoint) bool) []string {
	var gates []string
	for _, door := range doors {
		if !of(door) {
			continue
		}
		for _, s := range f.Standing {
			if s.Checkpoint == door.ID {
				gates = append(gates, s.Gates...)
			}
		}
	}
	slices.Sort(gates)
	return slices.Compact(gates)
}

// inners are the kinds of doors: "" for those from outside, and the zone that each door inside the venue leads into.
func inners(checkpoints []whitelist.Checkpoint) []string {
	var out []string
	for _, c := range checkpoints {
		out = append(out, innerOf(c))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func innerOf(c whitelist.Checkpoint) string {
	if c.From == "" {
		return ""
	}
	return c.To
}

// nextHomes are the homes of the next manifest: those of the last as they were, when nothing has changed. Gates tell one
// assignment from the next by its epoch, and move people's homes only when it rises.
func nextHomes(last *whitelist.Homes, rules []whitelist.HomeRule, epoch uint64) *whitelist.Homes {
	next := &whitelist.Homes{Epoch: epoch, Rules: rules}
	switch {
	case last == nil && len(rules) == 0:
		return nil
	case last != nil && last.Same(next):
		return last
	}
	return next
}
