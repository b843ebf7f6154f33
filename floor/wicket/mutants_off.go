//go:build !mutants

package wicket

// The mutants of this package's evenings: known ways to get this wrong, each named for its mistake. In a normal build they are
// constants, and the compiler leaves nothing of them. With the build tag mutants one is switched on at a time, and an evening
// must notice.
const (
	mutantAnswerUnsaved    = false // who asks is answered before the admission is durable
	mutantAnswersForgotten = false // a scan that is sent again is judged anew
	mutantGrantGivenBack   = false // a heartbeat says that a claim has ended while its admission is being recorded
	mutantNeverSettled     = false // grants of earlier lives on which nobody came in are never given back
	mutantNewestIgnored    = false // a device goes on in a run that is older than one that its arbiter has heard of
	mutantHomesUnsaid      = false // heartbeats do not say which homes are obeyed
	mutantGivenUpForgotten = false // a scan that its device gave up stays admitted
	mutantLateAskAdmitted  = false // a question that comes after its device gave it up is judged
)
