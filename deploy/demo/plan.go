package main

import (
	"time"

	"portaria/deploy/demo/market"
	"portaria/edge/ticket"
	"portaria/scanner-sim/crowd"
)

// soldAtLeast is how many tickets are sold before the doors open.
const soldAtLeast = 240

// evening is who comes: before the hub is unplugged, while it is away, and after it is back.
func evening(seed uint64) crowd.Plan {
	return crowd.Plan{Seed: seed, Lanes: 2, Pace: 90 * time.Millisecond, Waves: []crowd.Wave{
		{Count: map[crowd.Label]int{crowd.Valid: 70, crowd.UsedAgain: 10, crowd.Refunded: 2, crowd.WrongDay: 5,
			crowd.Forged: 4, crowd.Unknown: 4, crowd.Foreign: 8, crowd.Garbage: 2}},
		{Cut: true, Count: map[crowd.Label]int{crowd.Valid: 50, crowd.UsedAgain: 8, crowd.Refunded: 2, crowd.WrongDay: 3,
			crowd.Forged: 3, crowd.Unknown: 3, crowd.Foreign: 6, crowd.Garbage: 2}},
		{Count: map[crowd.Label]int{crowd.Valid: 40, crowd.UsedAgain: 10, crowd.Refunded: 2, crowd.WrongDay: 3,
			crowd.Forged: 3, crowd.Unknown: 3, crowd.Foreign: 6, crowd.Garbage: 2}},
	}}
}

// trickle is who comes while the visitor watches.
func trickle(seed uint64, valid int) crowd.Plan {
	return crowd.Plan{Seed: seed, Lanes: 2, Pace: 1500 * time.Millisecond, Waves: []crowd.Wave{
		{Count: map[crowd.Label]int{crowd.Valid: valid, crowd.UsedAgain: 1, crowd.Forged: 1, crowd.Unknown: 1}},
	}}
}

// shown is what people hold under the scanner: most the QR, every fifth the bars, for screens are dim and paper gets
// wet.
func shown(tickets []market.Ticket, wanted func(market.Ticket) bool) (codes []string) {
	for _, t := range tickets {
		if !wanted(t) {
			continue
		}
		code := t.Code
		if len(codes)%5 == 4 {
			code = t.ShortCode
		}
		codes = append(codes, code)
	}
	return codes
}

// waves cuts a crowd into its waves.
func waves(people []crowd.Person, n int) [][]crowd.Person {
	all := make([][]crowd.Person, n)
	for _, p := range people {
		all[p.Wave] = append(all[p.Wave], p)
	}
	return all
}

// labels counts people for the story.
func labels(people []crowd.Person) (counts []count) {
	n := map[crowd.Label]int{}
	for _, p := range people {
		n[p.Label]++
	}
	for _, label := range crowd.Labels() {
		counts = append(counts, count{string(label), n[label]})
	}
	return counts
}

// foreignCodes are what another seller printed.
func foreignCodes(n int) (codes []string) {
	for i := range n {
		codes = append(codes, "BILHETE-"+ticket.ID(1_000_003 * (i + 1)).String()[8:])
	}
	return codes
}
