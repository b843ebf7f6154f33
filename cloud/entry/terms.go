package entry

// Given is the term of one hub's store at a venue. Terms order hubs that replace each other.
type Given struct {
	Disk string // random, made with the store
	Term uint64
}

// Term is the term of a hub's store, given those that its venue's stores have: what it was given before; or what a person
// has told it, if that is higher; or the next, if its disk is new. A store that is neither known nor new has only the term
// that it brings: an old hub that wakes up must not take over by that. Newest is the highest then. A database that has been
// restored may have forgotten a term that it gave, and leaves it free: two hubs of one term would each take themselves for the venue's.
func Term(given []Given, disk string, told uint64, isNew, restored bool) (term, newest uint64) {
	known := false
	for _, g := range given {
		newest = max(newest, g.Term)
		if g.Disk == disk {
			known, term = true, g.Term
		}
	}
	term = max(term, told)
	if !known && isNew && term <= newest {
		term = newest + 1
		if restored {
			term++
		}
	}
	return term, max(newest, term)
}
