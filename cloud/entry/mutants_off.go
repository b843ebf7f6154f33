//go:build !mutants

package entry

// The simulator's mutants: known ways to get this wrong, each named for its mistake. In a normal build they are
// constants, and the compiler leaves nothing of them. With the build tag mutants one is switched on at a time, and the
// simulator must notice.
const (
	mutantEntryGap      = false // what comes after a gap is taken
	mutantPoisonDropped = false // a record that can't be used is dropped
)
