//go:build mutants

package venue

// The simulator's mutants; see mutants_off.go.
var (
	mutantGrantTimeout    bool // a grant ends by itself after two seconds
	mutantAckBeforeCommit bool // answers leave before what they tell of is durable
	mutantSkipRecovery    bool // a starting hub grants at once
	mutantSkipRecall      bool // a right is granted while its home gate may still admit on it
	mutantHomesMoveAtOnce bool // new homes are in force while gates still admit by the old ones
	mutantSurrenderAtOnce bool // a surrender counts before the records of its gate's earlier runs are here
)

// Mutants are the mistakes that can be switched on, by name. Not while a core runs.
var Mutants = map[string]*bool{
	"grant_timeout":      &mutantGrantTimeout,
	"ack_before_commit":  &mutantAckBeforeCommit,
	"skip_recovery":      &mutantSkipRecovery,
	"skip_recall":        &mutantSkipRecall,
	"homes_move_at_once": &mutantHomesMoveAtOnce,
	"surrender_at_once":  &mutantSurrenderAtOnce,
}
