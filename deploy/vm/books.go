package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"portaria/deploy/vm/machine"
)

// books are what the outside knows: which ticket was scanned last at each lane, for which the machine's own relay line
// moved, and which admissions the journal holds.
type books struct {
	cuts    int
	asked   map[int]int  // by lane: the ticket scanned last
	relayed map[int]bool // tickets whose relay moved, in every life
	kept    map[int]bool // tickets that the journal holds
	gone    map[int]bool // tickets whose relay had moved and that a journal did not hold
	next    int          // the first ticket not yet scanned
	let     int          // tickets let in again after their relay had moved in an earlier life
	again   int          // of those, how often it was tried

	damaged int // journals that had to be mended
	peace   bool
	trouble error
}

func newBooks() *books {
	return &books{asked: map[int]int{}, relayed: map[int]bool{}, kept: map[int]bool{}, gone: map[int]bool{}, next: 1}
}

// begin is a new life: nobody has been scanned in it.
func (b *books) begin() { b.asked, b.peace, b.trouble = map[int]int{}, false, nil }

var relayTrace = regexp.MustCompile(`pl061_set_output .* (\d+) to 1$`)

// hear takes a line of the machine and returns the word that it begins with, if it was meant for us; "moved" for a relay.
func (b *books) hear(line string) (word string) {
	if trace := relayTrace.FindStringSubmatch(line); trace != nil && strings.HasPrefix(line, machine.TraceMark) {
		return b.moves(number(trace[1]))
	}
	text, ours := strings.CutPrefix(line, "@@ ")
	words := strings.Fields(text)
	if !ours || len(words) == 0 {
		return ""
	}
	switch word, rest := words[0], words[1:]; {
	case word == "ask" && len(rest) == 2:
		b.asked[number(rest[0])] = number(rest[1])
		b.next = max(b.next, number(rest[1])+1)
	case word == "again" && len(rest) == 3:
		b.again++
		if rest[1] == "true" {
			b.let++
		}
	case word == "journal":
		b.read(rest)
	case word == "damaged":
		b.damaged++
	case word == "exit":
		b.peace = text == "exit 0"
	case word == "trouble":
		b.trouble = fmt.Errorf("inside the machine: %s", text)
	}
	return words[0]
}

// moves: a relay line went on. It let in who was scanned last at its lane.
func (b *books) moves(gpio int) (word string) {
	lane, ours := relays[gpio]
	id, scanned := b.asked[lane]
	if !ours || !scanned {
		return ""
	}
	b.relayed[id] = true
	return "moved"
}

// read takes what a journal holds and sees who is missing.
func (b *books) read(ids []string) {
	clear(b.kept)
	for _, id := range ids {
		b.kept[number(id)] = true
	}
	for id := range b.relayed {
		if !b.kept[id] {
			b.gone[id] = true
		}
	}
}

func (b *books) moved() int { return len(b.relayed) }
func (b *books) lost() int  { return len(b.gone) }

// newest is the ticket let in last, to be tried again; empty = none.
func (b *books) newest() string {
	if len(b.relayed) == 0 {
		return ""
	}
	return strconv.Itoa(slices.Max(slices.Collect(maps.Keys(b.relayed))))
}

// String is the result in words.
func (b *books) String() string {
	return fmt.Sprintf("cuts=%d moved=%d kept=%d lost=%d tried_again=%d let_in_again=%d journals_mended=%d",
		b.cuts, b.moved(), b.moved()-b.lost(), b.lost(), b.again, b.let, b.damaged)
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
