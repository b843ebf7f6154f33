// Package wicket is the gates that stand beside their arbiter: telephones and scanners that ask over the internet and
// keep no journal while they are connected. Each device is a gate with a name, runs and seqs of its own, whose journal is
// the arbiter's own store.
//
// It decides nothing. The judge (admit) says what a code is worth at a door, the arbiter (venue) who was first, and the
// store when an admission is durable; a wicket carries a scan through the three, in the order in which a gate does: judge,
// claim, judge again, record, and only then the answer. Because nobody is told "admit" before the record is durable in the
// arbiter's own store, a grant without a record is one on which nobody came in, and is given back at the next start.
package wicket
