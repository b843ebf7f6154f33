//go:build !mutants

package venue

// The simulator's mutants: known ways to get this wrong, each named for its mistake. In a normal build they are
// constants, and the compiler leaves nothing of them. With the build tag mutants one is switched on at a time, and the
// simulator must notice.
const (
	mutantGrantTimeout       = false // a grant ends by itself after two seconds
	mutantAckBeforeCommit    = false // answers leave before what they tell of is durable
	mutantSkipRecovery       = false // a starting hub grants at once
	mutantSkipRecall         = false // a right is granted while its home gate may still admit on it
	mutantHomesMoveAtOnce    = false // new homes are in force while gates still admit by the old ones
	mutantSurrenderAtOnce    = false // a surrender counts before the records of its gate's earlier runs are here
	mutantSettleMissing      = false // a request that has ended frees its grant before the records that its gate spoke of are here
	mutantExcludeKeepsGrants = false // the grants of an excluded gate stay open
	mutantNoHandback         = false // nobody hands back to a hub with an old disk what only hearsay knows
	mutantHearsayOverwrites  = false // what a gate hands back takes the place of what is known
	mutantOldGrantFreed      = false // the grant of a run that has ended is free again, whoever may have passed
	mutantCloudNotWaited     = false // a starting hub does not wait for its cloud
	mutantOldExclusion       = false // an exclusion that an old disk remembers counts
	mutantSurrenderOldRun    = false // a surrender counts that its gate has forgotten
	mutantFirstWordUnawaited = false // a hub that starts with the disk it had waits for no word of its cloud
	mutantTwoHubsOfATerm     = false // a hub serves gates that obey another hub
	mutantExclusionIgnored   = false // an excluded gate is answered
	mutantRecallForHomes     = false // a right is recalled only for the doors that have homes
	mutantHeadRunsOn         = false // a hub that recovers tells of what it writes meanwhile
	mutantRunNotKept         = false // the disk does not keep which run of a gate is the newest
	mutantOldHubUnseen       = false // a gate is excluded though nobody has seen the hub before this one off
	mutantStaleCloudWord     = false // the cloud's word to an earlier life of this hub counts
	mutantHomeUnheard        = false // a gate may admit alone, or resume, before it has heard what was known when its run began
	mutantNoTakeGranted      = false // the tokens of what is granted stay where they were when homes move
	mutantNoTakeLost         = false // the token of a grant whose end is lost stays at its gate
	mutantPendingIgnored     = false // a recovering hub does not wait for what is on its way to a gate's disk
	mutantLastWord           = false // what a right allows is what was said of it last
	mutantNewsHidesHearsay   = false // what a gate knows is held only against all that is known by now
	mutantOwnUncounted       = false // what a gate knows of itself beside its journal counts for nothing
)
