package cloud_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// premiere is a tour whose first night begins in half an hour, as its organizer walks through it.
type premiere struct {
	*walker
	english                map[string]string
	start                  time.Time
	venue, doors, tonight  string
	in, out, again, forged int // what the crowd did
}

// An organizer who knows nothing yet registers, makes a venue, a tour and its doors, lets another seller in, and sees
// people come in: all by the forms of the desk, in Brazilian Portuguese, on a phone and at a desk.
func TestAnOrganizerRegistersAndSeesPeopleComeIn(t *testing.T) {
	t.Parallel()
	cfg := byName(t)
	r := start(t, cfg)
	zone, err := time.LoadLocation("America/Sao_Paulo")
	require.NoError(t, err)
	p := &premiere{walker: r.browser(filepath.Join(cfg.StateDir, "outbox")), english: foreignTexts(t), start: time.Now().In(zone).Add(30 * time.Minute)}
	p.opensADesk()
	p.makesTheVenue()
	p.plansTheTour()
	p.hangsTheDoors()
	p.hiresControllers()
	p.letsAnotherSellerIn()
	p.startsTheSale()
	p.crowdComes()
	p.seesThemComeIn()
}

// sees looks at the open page, and reads it for texts of another language.
func (p *premiere) sees(name string) {
	p.Helper()
	p.look("walk-" + name)
	p.picture(name)
	p.speaks(name, p.english)
}

func (p *premiere) opensADesk() {
	p.do(desktopSize, chromedp.Navigate(p.PublicURL()+"/register?lang=pt-BR"))
	p.typed("#organizer", "Teatro de Bolso")
	p.typed("#name", "Ana Souza")
	p.typed("#email", "ana@example.com")
	p.typed("#password", goodPassword)
	p.sees("register")
	p.click("button[data-once]")
	p.do(chromedp.WaitNotPresent(chromedp.CSS("#password")), chromedp.Navigate(p.letter("ana@example.com", "Confirme")))
	p.sees("confirm")
	p.click("button[data-once]")
	p.wait(".rail")
	p.sees("today-first")
}

func (p *premiere) makesTheVenue() {
	p.click(".rail-nav a[href='/desk/venues']")
	p.wait(".empty a.btn")
	p.sees("venues-none")
	p.begins("/desk/venues/new")
	p.wait("#time_zone")
	p.typed("#name", "Teatro Guaíra")
	p.typed("#address", "Rua XV de Novembro, 971, Curitiba")
	p.replaced("#time_zone", "America/Sao_Paulo")
	p.posts("button[data-once]")
	p.zone(".adder", "Casa", "900")
	p.zone(".tree .adder", "Plateia", "600")
	p.zone(".tree .adder", "Camarotes", "120")
	p.sees("venue")
	p.venue = strings.TrimPrefix(asked(p.walker, chromedp.Evaluate[string]("location.pathname")), "/desk/venues/")
	p.doors = "/desk/gates/" + p.venue
}

// begins follows the first page's word on what to do next.
func (p *premiere) begins(with string) {
	p.Helper()
	p.goTo("/desk")
	p.click(".tasks a[href='" + with + "']")
}

// zone adds one by the form below an element.
func (p *premiere) zone(adder, name, capacity string) {
	p.Helper()
	asked(p.walker, chromedp.Evaluate[bool](fmt.Sprintf(`(e => { for (let d = e; d; d = d.parentElement) if (d.tagName === "DETAILS") d.open = true; return true; })(document.querySelector(%q))`, adder)))
	p.typed(adder+" input[name=name]", name)
	p.typed(adder+" input[name=capacity]", capacity)
	p.posts(adder + " button")
	assert.Contains(p, p.text(".tree"), name)
}

func (p *premiere) plansTheTour() {
	p.click(".rail-nav a[href='/desk/events']")
	p.wait("main a[href='/desk/series']")
	p.sees("events-none")
	p.click("main a[href='/desk/series']")
	p.wait(".empty a.btn")
	p.begins("/desk/series/new")
	p.wait("#kind")
	p.typed("#name", "Homens de Perto")
	p.posts("button[data-once]")
	p.replaced("#how", "rule")
	p.replaced("#from", p.start.Format(time.DateOnly))
	p.replaced("#until", p.start.AddDate(0, 0, 11).Format(time.DateOnly))
	p.replaced("#clocks", p.start.Format("15:04"))
	asked(p.walker, chromedp.Evaluate[bool](`document.querySelectorAll("input[name=weekdays]").forEach(b => { b.checked = true }); true`))
	p.typed("#capacity", "800")
	p.replaced("#offers", "Inteira; 120,00\nMeia; 60")
	p.posts("button[value=plan]")
	assert.Equal(p, 12, asked(p.walker, chromedp.Evaluate[int](`document.querySelectorAll(".plan tbody tr").length`)))
	p.sees("dates-plan")
	p.posts("button[value=make]")
	p.sees("series")
	p.tonight = strings.TrimPrefix(asked(p.walker, chromedp.Evaluate[string](`document.querySelector(".people li a").getAttribute("href")`)), "/desk/events/")
	p.goTo("/desk/prices?q=Homens")
	p.wait("[data-grid]")
	p.replaced("tbody tr:nth-child(1) td:nth-child(2) input:last-child", "150")
	p.posts("form[method=post] .btn.primary")
	p.sees("prices")
	p.goTo("/desk/events")
	p.sees("events")
}

// hangsTheDoors makes the doors of every date at once.
func (p *premiere) hangsTheDoors() {
	p.goTo("/desk/gates")
	p.click("main .people a")
	p.wait("main nav")
	p.begins(p.doors + "/template")
	p.wait(".empty")
	p.sees("template-none")
	for _, name := range []string{"Portão A", "Portão B"} {
		p.goTo(p.doors + "/template/new")
		p.typed("#name", name)
		p.replaced("#direction", "both")
		p.replaced("#from_n", "30")
		p.replaced("#from_at", "-doors")
		p.posts("button[data-once]")
	}
	p.sees("template")
	p.posts("#plan button[data-once]")
	p.sees("doors")
	p.goTo(p.doors + "/dates")
	assert.Equal(p, 12, asked(p.walker, chromedp.Evaluate[int](`document.querySelectorAll("tbody tr").length`)), "every date has its doors by itself")
	p.sees("doors-dates")
}

func (p *premiere) hiresControllers() {
	p.goTo(p.doors + "/controllers/many")
	p.typed("#people", "Rui Lima; supervisor\nBia Castro;; Portão A\nCaio Prado;; Portão B")
	p.posts("button[data-once]")
	p.goTo(p.doors + "/controllers")
	assert.Contains(p, p.text("tbody"), "Rui Lima")
	p.sees("controllers")
	packed := asked(p.walker, chromedp.Evaluate[string](`fetch("`+p.doors+`/controllers/badges", {method: "POST", body: new URLSearchParams({all: "on", paper: "a4"})})
		.then(async r => btoa(Array.from(new Uint8Array(await r.arrayBuffer()), b => String.fromCharCode(b)).join("")))`, chromedp.EvalAwaitPromise))
	pdf, err := base64.StdEncoding.DecodeString(packed)
	require.NoError(p, err)
	file := filepath.Join(p.TempDir(), "badges")
	require.NoError(p, os.WriteFile(file+".pdf", pdf, 0o600))
	text, err := exec.CommandContext(p.Context(), "pdftotext", file+".pdf", "-").Output()
	require.NoError(p, err)
	for _, name := range []string{"Rui Lima", "Bia Castro", "Caio Prado"} {
		assert.Contains(p, string(text), name)
	}
	require.NoError(p, exec.CommandContext(p.Context(), "pdftoppm", "-r", "150", "-png", "-gray", "-singlefile", file+".pdf", file).Run())
	codes, err := exec.CommandContext(p.Context(), "zbarimg", "-q", "--raw", file+".png").Output()
	require.NoError(p, err)
	assert.Equal(p, 3, strings.Count(string(codes), "\n"), "a scanner reads each badge: %s", codes)
	p.goTo(p.doors + "/shifts")
	p.click("tbody tr:nth-child(1) a")
	p.wait(".posts")
	p.posts(".post:nth-child(1) form[data-add] button")
	p.sees("shifts")
}

// code is the nth ticket of the other seller.
func code(n int) string { return fmt.Sprintf("7891%09d", n*7919) }

// guests is how many tickets the other seller has sold for tonight.
const guests = 120

func (p *premiere) letsAnotherSellerIn() {
	at := "/desk/imports/" + p.tonight
	p.goTo("/desk/imports")
	p.click("main .people a[href='" + at + "']")
	p.wait("#name")
	p.typed("#name", "Bilheteria Outra")
	p.posts("details button[data-once]")
	var list strings.Builder
	list.WriteString("código;tipo;lugar\n")
	for n := range guests {
		fmt.Fprintf(&list, "%s;Inteira;Plateia A %d\n", code(n), n+1)
	}
	list.WriteString("1,23E+12;Inteira;\n=1+1;VIP;\n" + code(0) + ";Inteira;\n")
	file := filepath.Join(p.TempDir(), "lista-1.csv")
	require.NoError(p, os.WriteFile(file, []byte(list.String()), 0o600))
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	p.click("form[enctype] button[data-once]")
	p.wait("select#code")
	p.click("button[value=plan]")
	p.wait("button[value=execute]")
	p.sees("import-tried")
	p.click("button[value=execute]")
	p.wait(".head .pill.ok")
	p.sees("import-done")
}

func (p *premiere) startsTheSale() {
	p.goTo("/desk/changes?q=Homens")
	p.wait("#which")
	p.click("input[name=all]")
	p.replaced("#sale", "start")
	p.posts("button[value=preview]")
	p.sees("changes")
	p.posts("button[value=apply]")
	p.wait(".flash form")
	p.goTo("/desk/events/" + p.tonight)
	p.sees("event")
	p.goTo("/?lang=pt-BR")
	assert.Contains(p, p.text("main"), "Homens de Perto")
	p.sees("shop")
}

// crowdComes scans them in by the scan API, as telephones at both doors do: a venue without a hub has the cloud for its
// arbiter. Some leave again, some show a ticket that was used, some one that nobody sold.
func (p *premiere) crowdComes() {
	p.goTo("/desk")
	require.Eventually(p, func() bool { return p.listed() == guests }, 30*time.Second, 200*time.Millisecond, "the list never reached the doors")
	p.in, p.out, p.again, p.forged = 100, 12, 7, 3
	var codes []string
	for n := range guests {
		codes = append(codes, code(n))
	}
	wrong := asked(p.walker, chromedp.Evaluate[[]string](fmt.Sprintf(crowding, p.venue, p.in, p.out, p.again, p.forged, quotedList(codes)), chromedp.EvalAwaitPromise))
	require.Empty(p, wrong)
}

// listed is how many tickets telephones have been told of.
func (p *premiere) listed() int {
	return asked(p.walker, chromedp.Evaluate[int](`fetch("/api/v1/scans/venues/`+p.venue+`/lists").then(r => r.json()).then(l => l.events?.find(e => e.event === "`+p.tonight+`")?.count ?? 0)`, chromedp.EvalAwaitPromise))
}

func quotedList(texts []string) string { return `["` + strings.Join(texts, `", "`) + `"]` }

// crowding gives what was answered otherwise than it should be.
const crowding = `(async (venue, ins, outs, agains, forged, codes) => {
	const doors = (await (await fetch("/api/v1/scans/doors")).json()).venues.find(v => v.id === venue).checkpoints;
	const wrong = [], scan = async (n, code, exit, want) => {
		const body = JSON.stringify({id: crypto.randomUUID(), venue, checkpoint: doors[n %% 2].id, device: "porta-" + n %% 10, code, exit, auto: true});
		for (;;) {
			const r = await fetch("/api/v1/scans", {method: "POST", headers: {"Content-Type": "application/json"}, body}), a = await r.json();
			if (r.status === 429) { await new Promise(done => setTimeout(done, 200)); continue; }
			const said = r.status + " " + a.reason;
			if (said !== want) wrong.push(code + ": " + said + " " + (a.detail ?? a.text));
			return;
		}
	};
	const queue = async (from, to, exit, want, name) => {
		const line = async door => { for (let i = from; i < to; i++) if (i %% 2 === door) await scan(i, name(i), exit, want); };
		await Promise.all([line(0), line(1)]);
	};
	await queue(0, ins, false, "200 ok", i => codes[i]);
	await queue(0, agains, false, "200 already_used", i => codes[i]);
	await queue(ins - outs, ins, true, "200 ok", i => codes[i]);
	await queue(0, forged, false, "200 unknown", i => "9990000" + i);
	return wrong;
})("%s", %d, %d, %d, %d, %s)`

// seesThemComeIn finds on the live page what the crowd did.
func (p *premiere) seesThemComeIn() {
	p.goTo("/desk/live")
	p.sees("live-choose")
	p.click("main .people a[href='/desk/live/" + p.tonight + "']")
	p.wait("#now")
	want := fmt.Sprintf("%d %d %d", p.in-p.out, p.in, p.again+p.forged)
	var got string
	assert.Eventually(p, func() bool {
		got = asked(p.walker, chromedp.Evaluate[string](`(f => [f[0], f[1], f[3]].map(e => e?.textContent).join(" "))([...document.querySelectorAll(".fig-number")])`))
		return got == want
	}, 20*time.Second, 200*time.Millisecond, "inside, came in, refused")
	assert.Equal(p, want, got)
	p.sees("live")
	p.goTo("/desk/live/" + p.tonight + "/history")
	p.sees("history")
	p.goTo("/desk")
	p.sees("today")
}
