//go:build !mutants

package admit

// The simulator's mutants: known ways to get this wrong, each named for its mistake. In a normal build they are
// constants, and the compiler leaves nothing of them. With the build tag mutants one is switched on at a time, and the
// simulator must notice.
const (
	mutantAbortOfAnothersScan = false // an abort gives back every admission of the right
	mutantFoldDependsOnOrder  = false // an abort that arrives before its admission is forgotten
	mutantUnsetIsOpen         = false // a door whose hours may have begun is open, by a clock that nobody has set
	mutantReissuedAlone       = false // a gate lets in alone a code that was issued twice, by its signature
)
