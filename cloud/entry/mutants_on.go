//go:build mutants

package entry

// The simulator's mutants; see mutants_off.go.
var (
	mutantEntryGap      bool // what comes after a gap is taken
	mutantPoisonDropped bool // a record that can't be used is dropped
)

// Mutants are the mistakes that can be switched on, by name. Not while a core runs.
var Mutants = map[string]*bool{
	"entry_gap":            &mutantEntryGap,
	"entry_poison_dropped": &mutantPoisonDropped,
}
