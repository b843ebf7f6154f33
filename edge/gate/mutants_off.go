//go:build !mutants

package gate

// The simulator's mutants: known ways to get this wrong, each named for its mistake. In a normal build they are
// constants, and the compiler leaves nothing of them. With the build tag mutants one is switched on at a time, and the
// simulator must notice.
const (
	mutantRelayBeforeFsync    = false // the relay moves before the admission is durable
	mutantPruneOnHubAck       = false // what the hub holds is pruned, though the cloud does not hold it
	mutantSeqReuse            = false // a new process goes on in the old run, after what the hub confirmed
	mutantSingleSlotUse       = false // a right has one slot for its latest record instead of a history
	mutantTermIgnored         = false // a hub of a lower term is obeyed
	mutantRestoreUnnoticed    = false // a gate whose disk came back from an old image goes on as if nothing were
	mutantEvacuationUncounted = false // who is scanned in an evacuation still counts as inside
	mutantHomeUncompared      = false // a gate lets in whoever is at home there, whatever the hub says of its run
	mutantBudgetRestart       = false // a restart gives a gate its whole budget again
	mutantObeysUndurable      = false // a gate says that it obeys a new hub before that is durable
	mutantTwoHubsOfATerm      = false // a gate obeys whichever hub of its term speaks
	mutantContactAwaited      = false // a door without a contact waits for one, and gives back whom it has let in
	mutantAsksTooLong         = false // every door asks for as long as the usual one
	mutantResumeUnmet         = false // an interrupted admission is resumed before the hub has compared this run
	mutantResumeUnlatched     = false // an interrupted admission is resumed while the arm may still be open
	mutantUnfirmHandback      = false // a hub is handed back what is not durable yet
	mutantRulingAnyScan       = false // a ruling answers whichever scan its lane is asking about
	mutantPruneBeforeMark     = false // a record is pruned before the note of it is durable
	mutantOwnSurrenderOnly    = false // a gate believes only its own surrender of a right
	mutantHomesUndurable      = false // a gate says that it obeys new homes before what it did by the old ones is durable
	mutantUnlistedUnsaid      = false // a claim does not say that no list has its code
)
