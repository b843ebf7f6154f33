//go:build mutants

package wicket

// The mutants of this package's evenings; see mutants_off.go.
var (
	mutantAnswerUnsaved    bool // who asks is answered before the admission is durable
	mutantAnswersForgotten bool // a scan that is sent again is judged anew
	mutantGrantGivenBack   bool // a heartbeat says that a claim has ended while its admission is being recorded
	mutantNeverSettled     bool // grants of earlier lives on which nobody came in are never given back
	mutantNewestIgnored    bool // a device goes on in a run that is older than one that its arbiter has heard of
	mutantHomesUnsaid      bool // heartbeats do not say which homes are obeyed
	mutantGivenUpForgotten bool // a scan that its device gave up stays admitted
	mutantLateAskAdmitted  bool // a question that comes after its device gave it up is judged
)

// Mutants are the mistakes that can be switched on, by name. Not while a house stands.
var Mutants = map[string]*bool{
	"answer_unsaved":     &mutantAnswerUnsaved,
	"answers_forgotten":  &mutantAnswersForgotten,
	"grant_given_back":   &mutantGrantGivenBack,
	"never_settled":      &mutantNeverSettled,
	"newest_ignored":     &mutantNewestIgnored,
	"homes_unsaid":       &mutantHomesUnsaid,
	"given_up_forgotten": &mutantGivenUpForgotten,
	"late_ask_admitted":  &mutantLateAskAdmitted,
}
