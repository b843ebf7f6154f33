//go:build mutants

package gate

// The simulator's mutants; see mutants_off.go.
var (
	mutantRelayBeforeFsync    bool // the relay moves before the admission is durable
	mutantPruneOnHubAck       bool // what the hub holds is pruned, though the cloud does not hold it
	mutantSeqReuse            bool // a new process goes on in the old run, after what the hub confirmed
	mutantSingleSlotUse       bool // a right has one slot for its latest record instead of a history
	mutantTermIgnored         bool // a hub of a lower term is obeyed
	mutantRestoreUnnoticed    bool // a gate whose disk came back from an old image goes on as if nothing were
	mutantEvacuationUncounted bool // who is scanned in an evacuation still counts as inside
	mutantHomeUncompared      bool // a gate lets in whoever is at home there, whatever the hub says of its run
	mutantBudgetRestart       bool // a restart gives a gate its whole budget again
	mutantObeysUndurable      bool // a gate says that it obeys a new hub before that is durable
	mutantTwoHubsOfATerm      bool // a gate obeys whichever hub of its term speaks
	mutantContactAwaited      bool // a door without a contact waits for one, and gives back whom it has let in
	mutantAsksTooLong         bool // every door asks for as long as the usual one
	mutantResumeUnmet         bool // an interrupted admission is resumed before the hub has compared this run
	mutantResumeUnlatched     bool // an interrupted admission is resumed while the arm may still be open
	mutantUnfirmHandback      bool // a hub is handed back what is not durable yet
	mutantRulingAnyScan       bool // a ruling answers whichever scan its lane is asking about
	mutantPruneBeforeMark     bool // a record is pruned before the note of it is durable
	mutantOwnSurrenderOnly    bool // a gate believes only its own surrender of a right
	mutantHomesUndurable      bool // a gate says that it obeys new homes before what it did by the old ones is durable
	mutantUnlistedUnsaid      bool // a claim does not say that no list has its code
)

// Mutants are the mistakes that can be switched on, by name. Not while a core runs.
var Mutants = map[string]*bool{
	"relay_before_fsync":   &mutantRelayBeforeFsync,
	"prune_on_hub_ack":     &mutantPruneOnHubAck,
	"seq_reuse":            &mutantSeqReuse,
	"single_slot_use":      &mutantSingleSlotUse,
	"term_ignored":         &mutantTermIgnored,
	"restore_unnoticed":    &mutantRestoreUnnoticed,
	"evacuation_uncounted": &mutantEvacuationUncounted,
	"home_uncompared":      &mutantHomeUncompared,
	"budget_restart":       &mutantBudgetRestart,
	"obeys_undurable":      &mutantObeysUndurable,
	"two_hubs_of_a_term":   &mutantTwoHubsOfATerm,
	"contact_awaited":      &mutantContactAwaited,
	"asks_too_long":        &mutantAsksTooLong,
	"resume_unmet":         &mutantResumeUnmet,
	"resume_unlatched":     &mutantResumeUnlatched,
	"unfirm_handback":      &mutantUnfirmHandback,
	"ruling_any_scan":      &mutantRulingAnyScan,
	"prune_before_mark":    &mutantPruneBeforeMark,
	"own_surrender_only":   &mutantOwnSurrenderOnly,
	"homes_undurable":      &mutantHomesUndurable,
	"unlisted_unsaid":      &mutantUnlistedUnsaid,
}
