package crowd

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// apart is how many others come between a person and the one who comes again with the same code: gates take the same
// code twice in a row for one scan.
const apart = 4

// Gather makes the crowd of a plan. It fails when there are too few tickets for it, or nobody to come again after.
func Gather(t Tickets, p Plan) ([]Person, error) {
	if p.Lanes < 1 {
		return nil, fmt.Errorf("gather a crowd for %d lanes", p.Lanes)
	}
	g := gathering{
		source: rand.New(rand.NewPCG(p.Seed, 0x706f727461726961)), // "portaria"
		plan:   p,
		left: map[Label][]string{
			Valid: t.Valid, Refunded: t.Refunded, WrongDay: t.WrongDay, Foreign: t.Foreign,
		},
		came: map[string]bool{},
	}
	g.forger = newForger(g.source)
	if err := g.shuffleTickets(); err != nil {
		return nil, err
	}
	for number, wave := range p.Waves {
		if err := g.wave(number, wave); err != nil {
			return nil, fmt.Errorf("gather wave %d of a crowd: %w", number+1, err)
		}
	}
	g.arrive()
	return g.people, nil
}

// gathering is a crowd in the making. People refer to each other by index until all have their numbers.
type gathering struct {
	source *rand.Rand
	plan   Plan
	left   map[Label][]string
	forger *forger
	people []Person
	came   map[string]bool // codes that came again already
}

// shuffleTickets draws in a fixed order of labels: that of a map would differ from run to run.
func (g *gathering) shuffleTickets() error {
	seen := map[string]bool{}
	for _, label := range []Label{Valid, Refunded, WrongDay, Foreign} {
		codes := append([]string(nil), g.left[label]...)
		for _, code := range codes {
			if code == "" || seen[code] {
				return fmt.Errorf("gather a crowd: the %s code %.20q is empty or given twice", label, code)
			}
			seen[code] = true
		}
		g.source.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
		g.left[label] = codes
		g.forger.see(codes)
	}
	return nil
}

func (g *gathering) wave(number int, wave Wave) error {
	var people []Person
	for _, label := range Labels() {
		for range wave.Count[label] {
			if label == UsedAgain {
				continue // comes after somebody: see below
			}
			code, err := g.codeOf(label)
			if err != nil {
				return err
			}
			people = append(people, Person{Label: label, Code: code, Lane: g.source.IntN(g.plan.Lanes), Wave: number})
		}
	}
	g.source.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	for range wave.Count[UsedAgain] {
		var err error
		if people, err = g.comeAgain(people, number, wave.Cut); err != nil {
			return err
		}
	}
	g.people = append(g.people, people...)
	return nil
}

func (g *gathering) codeOf(label Label) (string, error) {
	switch label {
	case Forged:
		return g.forger.forge()
	case Unknown:
		return g.forger.invent(), nil
	case Garbage:
		return g.forger.garbage(), nil
	}
	if len(g.left[label]) == 0 {
		return "", fmt.Errorf("there are too few %s tickets", label)
	}
	code := g.left[label][0]
	g.left[label] = g.left[label][1:]
	return code, nil
}

// comeAgain puts somebody into the wave who shows the code of a person let in before.
func (g *gathering) comeAgain(people []Person, wave int, cut bool) ([]Person, error) {
	for {
		first, position, found := g.first(people, cut)
		if !found {
			return nil, fmt.Errorf("there is nobody left to come again after")
		}
		g.came[first.Code] = true
		again := Person{Label: UsedAgain, Code: first.Code, Wave: wave, Lane: g.laneAgain(first, cut)}
		after, told := g.toldApart(first, again, people)
		if !told {
			continue // drawn in vain: another one
		}
		earliest := min(max(position+1+apart, after), len(people))
		at := earliest + g.source.IntN(len(people)-earliest+1)
		return append(people[:at], append([]Person{again}, people[at:]...)...), nil
	}
}

// toldApart is the first place in the wave where the lane can tell who comes again from the first: somebody else was read
// there since, however close the others came together. False = nobody was.
func (g *gathering) toldApart(first, again Person, people []Person) (after int, ok bool) {
	if again.Lane != first.Lane {
		return 0, true
	}
	all := slices.Concat(g.people, people)
	since := 1 + slices.IndexFunc(all, func(p Person) bool { return p.Code == first.Code })
	for i, p := range all[since:] {
		if p.Lane == again.Lane && p.Label != Garbage {
			return since + i + 1 - len(g.people), true
		}
	}
	return 0, false
}

// first draws a person let in: of this wave (position counts), or of an earlier one (position is -1).
func (g *gathering) first(people []Person, cut bool) (first Person, position int, found bool) {
	type candidate struct {
		person   Person
		position int
	}
	var all []candidate
	for _, p := range g.people {
		if p.Label.Admitted() && !g.came[p.Code] {
			all = append(all, candidate{p, -1 - apart})
		}
	}
	for i, p := range people {
		if p.Label.Admitted() && !g.came[p.Code] && i+apart < len(people) {
			all = append(all, candidate{p, i})
		}
	}
	if len(all) == 0 {
		return Person{}, 0, false
	}
	drawn := all[g.source.IntN(len(all))]
	return drawn.person, drawn.position, true
}

// laneAgain is another lane than the first one, where that lane can know.
func (g *gathering) laneAgain(first Person, cut bool) int {
	knownToAll := !cut || !g.plan.Waves[first.Wave].Cut
	if !knownToAll || g.plan.Lanes == 1 {
		return first.Lane
	}
	return (first.Lane + 1 + g.source.IntN(g.plan.Lanes-1)) % g.plan.Lanes
}

// arrive numbers the people, gives them their times and says who must wait for whom.
func (g *gathering) arrive() {
	first := map[string]int{}
	at := time.Duration(0)
	for i := range g.people {
		p := &g.people[i]
		p.Number = i + 1
		at += time.Duration(g.source.ExpFloat64() * float64(g.plan.Pace))
		p.At = at
		if p.Label.Admitted() {
			first[p.Code] = p.Number
		}
		if p.Label == UsedAgain {
			p.After = first[p.Code]
		}
	}
}
