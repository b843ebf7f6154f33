//go:build mutants

package admit

// The simulator's mutants; see mutants_off.go.
var (
	mutantAbortOfAnothersScan bool // an abort gives back every admission of the right
	mutantFoldDependsOnOrder  bool // an abort that arrives before its admission is forgotten
	mutantUnsetIsOpen         bool // a door whose hours may have begun is open, by a clock that nobody has set
	mutantReissuedAlone       bool // a gate lets in alone a code that was issued twice, by its signature
)

// Mutants are the mistakes that can be switched on, by name. Not while a core runs.
var Mutants = map[string]*bool{
	"abort_of_anothers_scan": &mutantAbortOfAnothersScan,
	"fold_depends_on_order":  &mutantFoldDependsOnOrder,
	"unset_is_open":          &mutantUnsetIsOpen,
	"reissued_alone":         &mutantReissuedAlone,
}
