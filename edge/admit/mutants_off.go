//go:build !mutants

package admit

// The simulator's mutants: known ways to get this wrong, each named for its mistake. In a normal build they are
// constants, and the compiler leaves nothing of them. With the build tag mutants one is switched on at a time, and the
// simulator must notice.
const (
	mutantAbortOfAnothersScan = false // an abort gives back every admission of the right
	mutantFoldDependsOnOrder  = false // an abort that arrives before its admission is forgotten
)
