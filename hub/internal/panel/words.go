package panel

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// language is 0 for Portuguese, 1 for English.
type language int

var tags = [2]string{"pt-BR", "en"}

// languageOf is what the visitor chose, else what the browser prefers.
func languageOf(r *http.Request) language {
	if chosen, err := r.Cookie("portaria-language"); err == nil && chosen.Value == tags[1] {
		return 1
	} else if err == nil {
		return 0
	}
	accept := strings.ToLower(r.Header.Get("Accept-Language"))
	if en, pt := strings.Index(accept, "en"), strings.Index(accept, "pt"); en >= 0 && (pt < 0 || en < pt) {
		return 1
	}
	return 0
}

// say is a text by its id; an id that isn't there is the program's fault, and tests look for it.
func (l language) say(id string, args ...any) string {
	text, ok := words[id]
	if !ok {
		return "‹" + id + "›"
	}
	if len(args) == 0 {
		return text[l]
	}
	return fmt.Sprintf(text[l], args...)
}

func (l language) reason(why admit.Reason) string { return l.orRaw("reason "+string(why), string(why)) }
func (l language) kind(kind string) string        { return l.orRaw("kind "+kind, kind) }
func (l language) mode(m whitelist.Mode) string   { return l.orRaw("mode "+string(m), string(m)) }

func (l language) orRaw(id, raw string) string {
	if _, ok := words[id]; ok {
		return l.say(id)
	}
	return strings.ReplaceAll(raw, "_", " ")
}

// age is a time span in its largest unit.
func (l language) age(d time.Duration) string {
	switch {
	case d < 0:
		return "–"
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 36*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}

// number groups thousands with a narrow space.
func number(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + " " + text[i:]
	}
	return text
}

var words = map[string][2]string{
	"live": {"Ao vivo", "Live"}, "doors": {"Portas", "Doors"}, "incidents": {"Ocorrências", "Incidents"},
	"gates": {"Máquinas", "Gates"}, "sign-off": {"Sair", "Sign off"}, "sign-on": {"Entrar", "Sign on"},
	"number": {"Seu número", "Your number"}, "pin": {"PIN", "PIN"},
	"sign-on help": {"O número e o PIN são os do seu crachá. Sem nuvem, use 0 e o PIN local do hub (comando: hub pin).",
		"Number and PIN are those of your badge. With no cloud, use 0 and the hub's local PIN (command: hub pin)."},
	"wrong pin":     {"Número ou PIN não confere. Confira e tente de novo.", "Number or PIN is wrong. Check them and try again."},
	"wait":          {"Muitas tentativas. Espere %s e tente de novo.", "Too many tries. Wait %s and try again."},
	"no secret":     {"A nuvem ainda não respondeu desde que o hub ligou: use 0 e o PIN local (comando: hub pin).", "The cloud has not been reached since the hub started: use 0 and the local PIN (command: hub pin)."},
	"not yours":     {"Isto é só para supervisores. Chame um, ou entre com o número dele.", "Only supervisors may do this. Call one, or sign on as one."},
	"refused":       {"Não foi feito", "It was not done"},
	"back":          {"Voltar", "Back"},
	"inside":        {"Dentro", "Inside"},
	"of":            {"de", "of"},
	"full":          {"%d %% de %s", "%d %% of %s"},
	"no limit":      {"sem limite", "no limit"},
	"entering":      {"Entrando agora", "Entering now"},
	"per minute":    {"/min", "/min"},
	"out total":     {"%s saíram hoje", "%s have left today"},
	"refused today": {"Recusados hoje", "Refused today"},
	"none refused":  {"ninguém", "nobody"},
	"lanes":         {"Catracas", "Lanes"},
	"lanes ok":      {"todas respondem", "all answer"},
	"lanes bad":     {"%d precisam de alguém", "%d need somebody"},
	"chart":         {"Pessoas entrando e saindo, a cada 5 minutos", "People in and out, per 5 minutes"},
	"as table":      {"Ver como tabela", "Show as a table"},
	"time":          {"Hora", "Time"}, "in": {"Entraram", "In"}, "out": {"Saíram", "Out"}, "refused n": {"Recusados", "Refused"},
	"empty chart": {"Ninguém passou ainda hoje.", "Nobody has passed yet today."},
	"needs":       {"Precisa de alguém", "Needs a person"},
	"all well":    {"Nada. Tudo responde e nada espera por você.", "Nothing. Everything answers and nothing waits for you."},
	"lane":        {"Catraca", "Lane"}, "state": {"Estado", "State"}, "controller": {"Controlador", "Controller"},
	"list": {"Lista", "List"}, "last scan": {"Última leitura", "Last scan"}, "nobody": {"ninguém", "nobody"},
	"zones": {"Setores", "Zones"}, "reasons": {"Por que foram recusados", "Why they were refused"},
	"updated":  {"atualizado %s", "updated %s"},
	"no event": {"Nenhum evento na lista: abra um evento na nuvem.", "No event is listed: open one in the cloud."},
	"no venue": {"Este hub ainda não recebeu o local: conecte-o à nuvem uma vez.", "This hub has not received its venue yet: connect it to the cloud once."},

	"lane open": {"aberta", "open"}, "lane away": {"sem contato", "away"}, "lane closed": {"fechada", "closed"},
	"lane scanner": {"sem leitor", "no scanner"}, "lane output": {"saída falhou", "output failed"},
	"lane drill": {"simulado", "drill"}, "lane evacuation": {"evacuação", "evacuation"}, "lane excluded": {"excluída", "excluded"},

	"cloud up": {"nuvem", "cloud"}, "cloud down": {"sem nuvem: %s registros esperam aqui", "no cloud: %s records wait here"},
	"cloud none": {"sem nuvem configurada", "no cloud configured"},
	"recovering": {"Este hub acaba de ligar e ainda não decide: espera por %s. Enquanto isso cada máquina segue a regra da sua porta.",
		"This hub has just started and gives no rulings yet: it waits for %s. Meanwhile each gate follows its door's policy."},
	"see gates": {"Ver máquinas", "See gates"},
	"lost":      {"Esta página perdeu o hub. Os números são velhos.", "This page has lost the hub. The numbers are old."},

	"alert away":    {"%s não responde há %s. Veja se tem energia e rede.", "%s has not answered for %s. See whether it has power and network."},
	"alert never":   {"%s ainda não apareceu desde que o hub ligou. Veja se tem energia e rede.", "%s has not come since the hub started. See whether it has power and network."},
	"alert scanner": {"%s, catraca %d: o leitor sumiu. Confira o cabo.", "%s, lane %d: the scanner is gone. Check its cable."},
	"alert output":  {"%s, catraca %d: a catraca não obedece. Chame o técnico.", "%s, lane %d: the turnstile does not obey. Call the technician."},
	"alert list":    {"%s não tem nenhuma lista: não consegue julgar ingressos.", "%s has no list: it cannot judge tickets."},
	"alert power":   {"%s: a fonte não dá tensão suficiente. Troque a fonte ou o cabo antes que ela desligue.", "%s: its power supply is too weak. Change the supply or its cable before it switches off."},
	"alert hot":     {"%s está a %d °C. Dê sombra e ar à caixa.", "%s is at %d °C. Give its box shade and air."},
	"alert battery": {"%s: bateria em %d %%. Ligue na tomada.", "%s: battery at %d %%. Plug it in."},
	"alert card":    {"%s: o disco está %d %% cheio. Chame o técnico.", "%s: its disk is %d %% full. Call the technician."},
	"battery":       {"bateria", "battery"}, "weak power": {"tensão baixa", "weak power"},
	"alert disk":    {"O disco do hub está %d %% cheio. Traga a internet de volta ou chame o técnico.", "The hub's disk is %d %% full. Bring the internet back, or call the technician."},
	"alert unknown": {"%s: alguém pode ter entrado quando a máquina desligou. Diga se entrou.", "%s: somebody may have entered when the gate lost power. Say whether they did."},
	"pill lane":     {"Máquina", "Gate"}, "pill disk": {"Disco", "Disk"}, "pill settle": {"Decidir", "Decide"},

	"kind conflict": {"Duas vezes", "Twice"}, "kind unknown_end": {"Decidir", "Decide"}, "kind old_run": {"Máquina antiga", "Old disk"},
	"kind taken_by_other": {"Remetente", "Sender"}, "kind many": {"Muitos", "Many"}, "kind demoted": {"Outro hub", "Another hub"}, "kind old_disk": {"Disco antigo", "Old disk"},
	"kind home_silent": {"Máquina muda", "Silent gate"}, "kind bad_record": {"Registro", "Record"}, "kind tamper": {"Tampa aberta", "Tamper"}, "kind fire": {"Fogo", "Fire"}, "kind forced": {"Forçada", "Forced"}, "kind over": {"Não era", "It was not"},

	"door": {"Porta", "Door"}, "configured": {"como configurada", "as configured"}, "order": {"Ordem", "Order"},
	"as configured": {"Como configurada", "As configured"}, "apply": {"Aplicar", "Apply"}, "applied": {"em %d de %d catracas", "on %d of %d lanes"},
	"ordered by": {"por ordem de %s", "by order of %s"},
	"mode open":  {"aberta", "open"}, "mode closed": {"fechada", "closed"}, "mode drill": {"simulado", "drill"}, "mode evacuation": {"evacuação", "evacuation"},
	"doors help": {"A ordem vale por cima do que foi configurado, também sem internet, até ser desfeita. As máquinas a seguem em cerca de um segundo.",
		"An order holds over what is configured, without internet too, until it is undone. Gates follow within about a second."},
	"no doors": {"Nenhuma porta ainda: crie portas na nuvem.", "No doors yet: make some in the cloud."},
	"message":  {"Mensagem a uma catraca", "Message to a lane"}, "all lanes": {"todas", "all"}, "text": {"Texto (até 80)", "Text (up to 80)"}, "send": {"Enviar", "Send"},
	"evacuate": {"Evacuação", "Evacuation"},
	"evacuate help": {"As saídas de emergência não dependem deste programa. Evacuação faz todas as portas só registrarem quem passa e abre a contagem de quem ainda está dentro. Simulado faz o mesmo e fica marcado como exercício.",
		"Emergency exits do not depend on this program. Evacuation makes every door only record who passes, and opens the count of who is still inside. A drill does the same and is marked as an exercise."},
	"start evacuation": {"Iniciar evacuação em todas as portas", "Start evacuation at every door"},
	"start drill":      {"Iniciar simulado em todas as portas", "Start a drill at every door"},
	"end evacuation":   {"Encerrar: portas como configuradas", "End: doors as configured"},
	"muster":           {"Ainda dentro, pela contagem", "Still inside, by the count"},
	"muster help":      {"Quem saiu por saídas sem catraca não foi contado.", "Whoever left by exits without a turnstile was not counted."},
	"running":          {"Em andamento: %s", "Under way: %s"},

	"done order": {"Porta %s: %s.", "Door %s: %s."}, "done": {"Feito.", "Done."}, "undo": {"Desfazer", "Undo"}, "every door": {"todas as portas", "every door"},

	"open n": {"Abertas (%d)", "Open (%d)"}, "closed n": {"Resolvidas", "Acknowledged"}, "note": {"O que foi feito", "What was done"}, "acknowledge": {"Resolver", "Acknowledge"},
	"no open": {"Nenhuma ocorrência aberta.", "No open incidents."}, "no done": {"Nenhuma ainda.", "None yet."}, "older": {"Mais antigas", "Older"},
	"scans": {"leituras: %s", "scans: %s"}, "by": {"%s, %s", "%s, %s"},

	"gate": {"Máquina", "Gate"}, "seen": {"Vista", "Seen"}, "waiting records": {"Registros a caminho", "Records on their way"}, "in step": {"em dia", "in step"}, "awaited": {"esperada", "awaited"},
	"connected": {"conectada", "connected"}, "gone": {"desconectada", "gone"}, "excluded": {"excluída", "excluded"}, "action": {"O que fazer", "What to do"},
	"exclude": {"Está desligada: excluir", "It is off: exclude it"}, "readmit": {"Readmitir", "Readmit"},
	"exclude help": {"Só exclua uma máquina que alguém viu desligada. O que foi prometido a ela é liberado; se ela deixou alguém entrar sem avisar, isso aparecerá depois como entrada dupla.",
		"Exclude only a gate that somebody has seen to be off. What was promised to it is released; if it let somebody in without telling, that will show later as a double entry."},
	"old hub off": {"O hub anterior foi visto desligado e não volta.", "The hub before this one was seen switched off, and stays off."},
	"recovery": {"Depois de ligar, o hub espera ouvir cada máquina antes de decidir: uma delas pode saber de uma entrada que este disco não tem.",
		"After a start the hub waits to hear every gate before it decides: one of them may know of an entry that this disk does not have."},
	"join": {"Nova máquina", "Add a gate"}, "join help": {"Dê um nome, escolha a porta e mostre o QR ao leitor da máquina nova (ou digite o código nela: edge enrol CÓDIGO). O código vale 15 minutos, uma vez.",
		"Name it, choose its door and show the QR to the new gate's scanner (or type the code there: edge enrol CODE). The code is good for 15 minutes, once."},
	"name": {"Nome (a-z, 0-9, -)", "Name (a-z, 0-9, -)"}, "replaces": {"troca a máquina com este nome", "replaces the gate of this name"}, "make code": {"Fazer código", "Make a code"},
	"until": {"até %s", "until %s"}, "or type": {"ou digite", "or type"},
	"wants in":   {"%s quer entrar, de %s. A tela dela mostra estas quatro palavras?", "%s wants to join, from %s. Does its screen show these four words?"},
	"same words": {"Sim, as mesmas: deixar entrar", "Yes, the same: let it in"}, "other words": {"Não: recusar", "No: refuse it"},
	"remove": {"Remover", "Remove"}, "remove help": {"A máquina perde o acesso em segundos e não volta sem novo código.", "The gate loses its access within seconds, and does not come back without a new code."},
	"stolen": {"Foi roubada ou perdida: a nuvem troca os segredos que ela conhece, e os controladores precisam de PINs novos.",
		"It was stolen or lost: the cloud changes the secrets that it knows, and controllers need new PINs."},
	"near":     {"Máquinas novas na rede, à espera de um código", "New gates on this network, waiting for a code"},
	"no gates": {"Nenhuma máquina ainda.", "No gates yet."},
	"settle":   {"Pode ter entrado", "May have entered"},
	"entered":  {"Entrou", "Entered"}, "stayed": {"Não entrou", "Did not enter"},
	"export": {"Exportar CSV", "Export CSV"}, "export counts": {"Contagem por porta, 5 min (CSV)", "Counts by door, 5 min (CSV)"}, "export events": {"Registros de hoje (CSV)", "Today's records (CSV)"},
	"since":         {"desde %s", "since %s"},
	"not found":     {"Não há esta página. Volte ao vivo.", "There is no such page. Go back to live."},
	"cross site":    {"O pedido veio de outro lugar e não foi feito. Abra a página do hub e repita.", "The request came from elsewhere and was not done. Open the hub's page and repeat."},
	"crashed":       {"O hub errou ao montar a página. Tente de novo; se continuar, veja o registro do hub.", "The hub failed to make this page. Try again; if it goes on, see the hub's log."},
	"local pin who": {"hub", "hub"},

	"reason unknown": {"desconhecido", "unknown"}, "reason ambiguous": {"código duplo", "ambiguous"}, "reason bad_signature": {"falso", "forged"},
	"reason wrong_event": {"outro evento", "wrong event"}, "reason wrong_day": {"outro dia", "wrong day"}, "reason too_early": {"cedo", "too early"},
	"reason too_late": {"vencido", "too late"}, "reason wrong_zone": {"outro setor", "wrong zone"}, "reason wrong_kind": {"outra entrada", "wrong kind"},
	"reason already_used": {"já usado", "already used"}, "reason already_inside": {"já dentro", "already inside"}, "reason not_inside": {"não está dentro", "not inside"},
	"reason pending_elsewhere": {"em outra porta", "pending elsewhere"}, "reason replaced": {"trocado", "replaced"}, "reason revoked": {"devolvido", "refunded"},
	"reason blocked": {"bloqueado", "blocked"}, "reason checkpoint_closed": {"porta fechada", "door closed"}, "reason outside_hours": {"fora do horário", "outside hours"},
	"reason no_controller": {"sem controlador", "no controller"}, "reason zone_full": {"setor cheio", "zone full"}, "reason group_full": {"grupo completo", "group full"},
	"reason list_expired": {"lista vencida", "list expired"}, "reason clock_unknown": {"relógio", "clock unknown"}, "reason arbiter_required": {"sem hub", "no hub"},
	"reason other_gate": {"outra máquina", "other gate"}, "reason debounced": {"leitura repetida", "read again"}, "reason unreadable": {"ilegível", "unreadable"},
}
