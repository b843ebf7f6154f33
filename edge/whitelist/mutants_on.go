//go:build mutants

package whitelist

// The simulator's mutants; see mutants_off.go.
var (
	mutantEpochFloorForgotten bool // a list older than one held before is taken
)

// Mutants are the mistakes that can be switched on, by name. Not while a core runs.
var Mutants = map[string]*bool{
	"epoch_floor_forgotten": &mutantEpochFloorForgotten,
}
