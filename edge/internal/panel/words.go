package panel

import "portaria/edge/admit"

// phrase is what a lane says: one word that can be read from four metres, and one sentence that says what to do.
type phrase struct{ Word, Why string }

// tongue is everything that the panel says in one language.
type tongue struct {
	reasons map[admit.Reason]phrase
	look    [5]phrase // by the bit of the attention flag
	rest    phrase
	asking  phrase
	closed  phrase
	noList  phrase // a code cannot be judged: the list has not come yet
	unplug  phrase
	stuck   phrase // the outputs failed
	tamper  phrase
	fire    phrase
	drill   string
	evac    phrase
	lost    phrase // the page has lost the gate

	alone, aloneLong   string // hub away: with how long
	usedAt             string // time
	usedGate, usedLane string
	entered            string // count
	list, noLists      string // age
	hubUp, hubDown     string
	cloudDown          string
	unsure             string // the clock is not known
	lane               string
	units              [4]string // seconds, minutes, hours, days
	thousands          string
}

// tongueOf picks a language by a BCP 47 tag: Portuguese where the checkpoint says nothing.
func tongueOf(tag string) (string, *tongue) {
	if len(tag) >= 2 && (tag[:2] == "en" || tag[:2] == "EN") {
		return "en", &english
	}
	return "pt-BR", &portuguese
}

var portuguese = tongue{
	reasons: map[admit.Reason]phrase{
		admit.OK:               {"Entre", ""},
		admit.OKOffline:        {"Entre", ""},
		admit.OKOverride:       {"Entre", "Liberado pelo supervisor."},
		admit.Unknown:          {"Não encontrado", "Este código não está em nenhuma lista. Confira o ingresso ou chame o supervisor."},
		admit.Ambiguous:        {"Código duplo", "Dois vendedores usam este código. Chame o supervisor."},
		admit.BadSignature:     {"Falso", "A assinatura não confere. Retenha o ingresso e chame o supervisor."},
		admit.WrongEvent:       {"Outro evento", "Este ingresso é de outro evento: %s."},
		admit.WrongDay:         {"Outro dia", "Este ingresso é para %s."},
		admit.TooEarly:         {"Cedo demais", "Ainda não vale. Peça que volte no horário."},
		admit.TooLate:          {"Vencido", "O horário deste ingresso já passou. Chame o supervisor se houver dúvida."},
		admit.WrongZone:        {"Outro setor", "Este ingresso não entra por aqui. Indique a entrada certa."},
		admit.WrongKind:        {"Outra entrada", "Este tipo de ingresso não entra por aqui. Indique a entrada certa."},
		admit.AlreadyUsed:      {"Já usado", "Chame o supervisor se houver dúvida."},
		admit.AlreadyInside:    {"Já está dentro", "Chame o supervisor se houver dúvida."},
		admit.NotInside:        {"Pode sair", "A entrada não foi registrada."},
		admit.PendingElsewhere: {"Em outra pista", "O ingresso está sendo lido ali. Tente de novo em instantes."},
		admit.Replaced:         {"Substituído", "Foi emitido um ingresso novo no lugar deste. Peça o novo."},
		admit.Revoked:          {"Cancelado", "O ingresso foi reembolsado ou cancelado. Chame o supervisor se houver dúvida."},
		admit.Blocked:          {"Bloqueado", "Retenha a pessoa com gentileza e chame o supervisor."},
		admit.CheckpointClosed: {"Fechado", "Esta entrada está fechada. Indique outra."},
		admit.OutsideHours:     {"Fora do horário", "Esta entrada não está aberta agora. Indique outra."},
		admit.NoController:     {"Sem porteiro", "Passe o seu crachá no leitor para abrir esta entrada."},
		admit.ZoneFull:         {"Lotado", "O setor está cheio. Espere alguém sair."},
		admit.GroupFull:        {"Grupo completo", "Todas as pessoas deste ingresso já entraram."},
		admit.ListExpired:      {"Lista vencida", "A lista desta entrada é velha demais. Chame o supervisor."},
		admit.ClockUnknown:     {"Sem hora certa", "A entrada não sabe que horas são. Chame o supervisor."},
		admit.ArbiterRequired:  {"Sem central", "Esta entrada só abre com a central ligada. Chame o supervisor."},
		admit.OtherGate:        {"Outra entrada", "Sem central, este ingresso só entra por %s."},
		admit.Debounced:        {"Aguarde", "Deixe passar a pessoa à frente e leia de novo."},
		admit.Unreadable:       {"Não deu para ler", "Alise o papel, aumente o brilho da tela e leia de novo."},
	},
	look: [5]phrase{
		{"Documento", "%s: confira o documento, depois deixe passar."},
		{"Criança", "%s: confira a idade e o acompanhante, depois deixe passar."},
		{"Acessível", "%s: abra a passagem acessível."},
		{"Convidado", "%s: receba e acompanhe."},
		{"Diferença", "%s: há uma diferença a pagar. Encaminhe à bilheteria."},
	},
	rest:   phrase{"Aproxime o ingresso", ""},
	asking: phrase{"Um instante", ""},
	closed: phrase{"Fechado", "Esta entrada está fechada."},
	noList: phrase{"Sem lista", "A lista ainda não chegou. Ligue a central e espere."},
	unplug: phrase{"Leitor desligado", "Confira o cabo do leitor."},
	stuck:  phrase{"Catraca sem resposta", "Confira o cabo da catraca e chame o técnico."},
	tamper: phrase{"Caixa aberta", "Feche a caixa da entrada ou chame o técnico."},
	fire:   phrase{"Alarme de incêndio", "Siga o plano de evacuação."},
	drill:  "Treino: ninguém entra de verdade.",
	evac:   phrase{"Saída livre", "Evacuação: deixe todos saírem."},
	lost:   phrase{"Sem resposta", "A tela perdeu o contato com a entrada. Não deixe passar por esta tela."},

	alone: "Sem central: decidindo aqui.", aloneLong: "Sem central há %s: decidindo aqui.",
	usedAt: "às %s", usedGate: "na entrada %s", usedLane: "pista\u00a0%d", entered: "entraram", list: "lista %s", noLists: "sem lista",
	hubUp: "central ligada", hubDown: "central desligada", cloudDown: "sem internet", unsure: "hora incerta", lane: "Pista\u00a0%d",
	units: [4]string{"s", "min", "h", "d"}, thousands: "\u00a0",
}

var english = tongue{
	reasons: map[admit.Reason]phrase{
		admit.OK:               {"Enter", ""},
		admit.OKOffline:        {"Enter", ""},
		admit.OKOverride:       {"Enter", "Let in by the supervisor."},
		admit.Unknown:          {"Not found", "This code is on no list. Check the ticket or call the supervisor."},
		admit.Ambiguous:        {"Two matches", "Two sellers use this code. Call the supervisor."},
		admit.BadSignature:     {"Forged", "The signature is wrong. Keep the ticket and call the supervisor."},
		admit.WrongEvent:       {"Other event", "This ticket is for another event: %s."},
		admit.WrongDay:         {"Other day", "This ticket is for %s."},
		admit.TooEarly:         {"Too early", "It is not valid yet. Ask the guest to come back in time."},
		admit.TooLate:          {"Too late", "The time of this ticket is over. Call the supervisor if in doubt."},
		admit.WrongZone:        {"Other area", "This ticket does not enter here. Show the right entrance."},
		admit.WrongKind:        {"Other entrance", "This kind of ticket does not enter here. Show the right entrance."},
		admit.AlreadyUsed:      {"Already used", "Call the supervisor if in doubt."},
		admit.AlreadyInside:    {"Already inside", "Call the supervisor if in doubt."},
		admit.NotInside:        {"May leave", "No entry was recorded."},
		admit.PendingElsewhere: {"At another lane", "The ticket is being read there. Try again in a moment."},
		admit.Replaced:         {"Replaced", "A new ticket was issued in place of this one. Ask for the new one."},
		admit.Revoked:          {"Cancelled", "The ticket was refunded or cancelled. Call the supervisor if in doubt."},
		admit.Blocked:          {"Blocked", "Ask the guest to wait, and call the supervisor."},
		admit.CheckpointClosed: {"Closed", "This entrance is closed. Show another one."},
		admit.OutsideHours:     {"Outside hours", "This entrance is not open now. Show another one."},
		admit.NoController:     {"Nobody on duty", "Scan your badge to open this entrance."},
		admit.ZoneFull:         {"Full", "The area is full. Wait until somebody leaves."},
		admit.GroupFull:        {"Group complete", "Everybody on this ticket has entered."},
		admit.ListExpired:      {"List too old", "This entrance's list is too old. Call the supervisor."},
		admit.ClockUnknown:     {"Time unknown", "This entrance does not know the time. Call the supervisor."},
		admit.ArbiterRequired:  {"No hub", "This entrance opens only with the hub. Call the supervisor."},
		admit.OtherGate:        {"Other entrance", "Without the hub this ticket enters only at %s."},
		admit.Debounced:        {"Wait", "Let the person in front pass, then scan again."},
		admit.Unreadable:       {"Cannot read", "Smooth the paper, turn up the screen's brightness, and scan again."},
	},
	look: [5]phrase{
		{"Document", "%s: check the document, then let pass."},
		{"Child", "%s: check the age and who comes along, then let pass."},
		{"Accessible", "%s: open the accessible passage."},
		{"Guest", "%s: welcome and accompany."},
		{"Difference", "%s: a difference is to be paid. Show the way to the box office."},
	},
	rest:   phrase{"Scan your ticket", ""},
	asking: phrase{"One moment", ""},
	closed: phrase{"Closed", "This entrance is closed."},
	noList: phrase{"No list", "The list has not come yet. Switch the hub on and wait."},
	unplug: phrase{"Scanner is off", "Check the scanner's cable."},
	stuck:  phrase{"Turnstile does not answer", "Check the turnstile's cable and call the technician."},
	tamper: phrase{"Housing open", "Close the gate's housing or call the technician."},
	fire:   phrase{"Fire alarm", "Follow the evacuation plan."},
	drill:  "Drill: nobody enters for real.",
	evac:   phrase{"Free exit", "Evacuation: let everybody out."},
	lost:   phrase{"No answer", "The screen has lost the gate. Let nobody pass by this screen."},

	alone: "No hub: deciding here.", aloneLong: "No hub for %s: deciding here.",
	usedAt: "at %s", usedGate: "at entrance %s", usedLane: "lane\u00a0%d", entered: "entered", list: "list %s", noLists: "no list",
	hubUp: "hub is up", hubDown: "hub is down", cloudDown: "no internet", unsure: "time unsure", lane: "Lane\u00a0%d",
	units: [4]string{"s", "min", "h", "d"}, thousands: ",",
}
