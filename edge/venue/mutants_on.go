//go:build mutants

package venue

// The simulator's mutants; see mutants_off.go.
var (
	mutantGrantTimeout       bool // a grant ends by itself after two seconds
	mutantAckBeforeCommit    bool // answers leave before what they tell of is durable
	mutantSkipRecovery       bool // a starting hub grants at once
	mutantSkipRecall         bool // a right is granted while its home gate may still admit on it
	mutantHomesMoveAtOnce    bool // new homes are in force while gates still admit by the old ones
	mutantSurrenderAtOnce    bool // a surrender counts before the records of its gate's earlier runs are here
	mutantSettleMissing      bool // a request that has ended frees its grant before the records that its gate spoke of are here
	mutantExcludeKeepsGrants bool // the grants of an excluded gate stay open
	mutantNoHandback         bool // nobody hands back to a hub with an old disk what only hearsay knows
	mutantHearsayOverwrites  bool // what a gate hands back takes the place of what is known
	mutantOldGrantFreed      bool // the grant of a run that has ended is free again, whoever may have passed
	mutantCloudNotWaited     bool // a starting hub does not wait for its cloud
	mutantOldExclusion       bool // an exclusion that an old disk remembers counts
	mutantSurrenderOldRun    bool // a surrender counts that its gate has forgotten
	mutantFirstWordUnawaited bool // a hub that starts with the disk it had waits for no word of its cloud
	mutantTwoHubsOfATerm     bool // a hub serves gates that obey another hub
	mutantExclusionIgnored   bool // an excluded gate is answered
	mutantRecallForHomes     bool // a right is recalled only for the doors that have homes
	mutantHeadRunsOn         bool // a hub that recovers tells of what it writes meanwhile
	mutantRunNotKept         bool // the disk does not keep which run of a gate is the newest
	mutantOldHubUnseen       bool // a gate is excluded though nobody has seen the hub before this one off
	mutantStaleCloudWord     bool // the cloud's word to an earlier life of this hub counts
	mutantHomeUnheard        bool // a gate may admit alone, or resume, before it has heard what was known when its run began
	mutantNoTakeGranted      bool // the tokens of what is granted stay where they were when homes move
	mutantNoTakeLost         bool // the token of a grant whose end is lost stays at its gate
	mutantPendingIgnored     bool // a recovering hub does not wait for what is on its way to a gate's disk
	mutantLastWord           bool // what a right allows is what was said of it last
	mutantNewsHidesHearsay   bool // what a gate knows is held only against all that is known by now
	mutantOwnUncounted       bool // what a gate knows of itself beside its journal counts for nothing
)

// Mutants are the mistakes that can be switched on, by name. Not while a core runs.
var Mutants = map[string]*bool{
	"grant_timeout":        &mutantGrantTimeout,
	"ack_before_commit":    &mutantAckBeforeCommit,
	"skip_recovery":        &mutantSkipRecovery,
	"skip_recall":          &mutantSkipRecall,
	"homes_move_at_once":   &mutantHomesMoveAtOnce,
	"surrender_at_once":    &mutantSurrenderAtOnce,
	"settle_missing":       &mutantSettleMissing,
	"exclude_keeps_grants": &mutantExcludeKeepsGrants,
	"no_handback":          &mutantNoHandback,
	"hearsay_overwrites":   &mutantHearsayOverwrites,
	"old_grant_freed":      &mutantOldGrantFreed,
	"cloud_not_waited":     &mutantCloudNotWaited,
	"old_exclusion":        &mutantOldExclusion,
	"surrender_old_run":    &mutantSurrenderOldRun,
	"first_word_unawaited": &mutantFirstWordUnawaited,
	"two_hubs_of_a_term":   &mutantTwoHubsOfATerm,
	"exclusion_ignored":    &mutantExclusionIgnored,
	"recall_for_homes":     &mutantRecallForHomes,
	"head_runs_on":         &mutantHeadRunsOn,
	"run_not_kept":         &mutantRunNotKept,
	"old_hub_unseen":       &mutantOldHubUnseen,
	"stale_cloud_word":     &mutantStaleCloudWord,
	"home_unheard":         &mutantHomeUnheard,
	"no_take_granted":      &mutantNoTakeGranted,
	"no_take_lost":         &mutantNoTakeLost,
	"pending_ignored":      &mutantPendingIgnored,
	"last_word_on_a_right": &mutantLastWord,
	"news_hides_hearsay":   &mutantNewsHidesHearsay,
	"own_uncounted":        &mutantOwnUncounted,
}
