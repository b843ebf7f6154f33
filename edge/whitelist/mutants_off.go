//go:build !mutants

package whitelist

// The simulator's mutants: known ways to get this wrong, each named for its mistake. In a normal build they are
// constants, and the compiler leaves nothing of them. With the build tag mutants one is switched on at a time, and the
// simulator must notice.
const (
	mutantEpochFloorForgotten = false // a list older than one held before is taken
)
