//go:build mutants

package venue

// The simulator's mutants; see mutants_off.go.
var (
	mutantGrantTimeout    bool // a grant ends by itself after two seconds
	mutantAckBeforeCommit bool // answers leave before what they tell of is durable
	mutantSkipRecovery    bool // a starting hub grants at once
)

// Mutants are the mistakes that can be switched on, by name. Not while a core runs.
var Mutants = map[string]*bool{
	"grant_timeout":     &mutantGrantTimeout,
	"ack_before_commit": &mutantAckBeforeCommit,
	"skip_recovery":     &mutantSkipRecovery,
}
