package panel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/duty"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/panel"
)

// people are who may do what; done is what was done.
type people struct {
	done []string
	err  error
}

func (p *people) do(format string, args ...any) error {
	p.done = append(p.done, fmt.Sprintf(format, args...))
	return p.err
}

func (p *people) SignOn(_ context.Context, lane int, who duty.Login) error {
	return p.do("on %d %d %s", lane, who.Number, who.PIN)
}
func (p *people) SignOff(_ context.Context, lane int) error { return p.do("off %d", lane) }
func (p *people) Override(_ context.Context, lane int, reason string, who *duty.Login) error {
	return p.do("override %d %s %t", lane, reason, who != nil)
}

func (p *people) Settle(_ context.Context, lane int, scan admit.ScanID, entered bool, who *duty.Login) error {
	return p.do("settle %d %d %t %t", lane, scan[15], entered, who != nil)
}
func (p *people) Cancel(lane int) { _ = p.do("cancel %d", lane) }

func (p *people) Look(_ context.Context, _ int, text string) (lane.Found, error) {
	return lane.Found{Known: true, Reason: admit.AlreadyUsed, Kind: "Meia", Event: "Gala", Used: 1, UsedAt: at - 60_000, UsedGate: "g1"}, p.do("look %s", text)
}
func (p *people) Typed(_ context.Context, _ int, text string) { _ = p.do("type %s", text) }
func (p *people) Tested(_ context.Context, lane int)          { _ = p.do("test %d", lane) }

// staffed is a panel with somebody on duty.
func staffed() (http.Handler, *people) {
	g, p := working(), &people{}
	g.st.Lanes[0].Controller = "ana"
	return panel.Handler(panel.Config{Gate: g, Staff: p, Lanes: p, AccessCode: "correct horse battery"}), p
}

// every act there is, with a body that is right.
var acts = [][3]string{
	{"POST", "/lane/1/duty", `{"number":7,"pin":"482913"}`},
	{"DELETE", "/lane/1/duty", `{}`},
	{"POST", "/lane/1/override", `{"reason":"organizer"}`},
	{"DELETE", "/lane/1/override", `{}`},
	{"POST", "/lane/1/settle", `{"scan":"00000000000000000000000000000009","entered":true,"number":7,"pin":"482913"}`},
	{"POST", "/lane/1/look", `{"text":"7K3M9"}`},
	{"POST", "/lane/1/type", `{"text":"7K3M9"}`},
	{"POST", "/lane/1/test", `{}`},
	{"GET", "/lane/1/more", ``},
}

func TestWhoStandsAtTheGateMayAct(t *testing.T) {
	h, p := staffed()
	for _, act := range acts {
		assert.Equal(t, http.StatusOK, from(h, "", "", act[0], act[1], act[2]).Code, act[1])
	}
	assert.Equal(t, []string{"on 1 7 482913", "off 1", "override 1 organizer false", "cancel 1", "settle 1 9 true true", "look 7K3M9", "type 7K3M9", "test 1"}, p.done)
}

func TestNobodyElseMayAct(t *testing.T) {
	h, p := staffed()
	for _, act := range acts {
		for what, code := range map[string]int{
			"somebody on the same network":    from(h, "192.168.1.66", "", act[0], act[1], act[2]).Code,
			"the same by a forged header":     from(h, "192.168.1.66", "", act[0], act[1], act[2], "X-Forwarded-For", "127.0.0.1", "X-Real-Ip", "127.0.0.1").Code,
			"a name that somebody points":     from(h, "", "evil.example:8090", act[0], act[1], act[2]).Code,
			"a cookie that was never given":   from(h, "192.168.1.66", "", act[0], act[1], act[2], "Cookie", "portaria_panel=00").Code,
			"an empty one":                    from(h, "192.168.1.66", "", act[0], act[1], act[2], "Cookie", "portaria_panel=").Code,
			"IPv6 from beside":                from(h, "[fe80::1]", "", act[0], act[1], act[2]).Code,
			"the gate's own address, not its": from(h, "192.168.1.5", "192.168.1.5:8090", act[0], act[1], act[2]).Code,
		} {
			assert.Equal(t, http.StatusForbidden, code, "%s: %s %s", what, act[0], act[1])
		}
		if act[0] != "GET" {
			code := from(h, "", "", act[0], act[1], act[2], "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site").Code
			assert.Equal(t, http.StatusForbidden, code, "a page of another site: %s", act[1])
		}
	}
	assert.Empty(t, p.done)
	assert.NotContains(t, from(h, "192.168.1.66", "", "GET", "/", "").Body.String(), `id="menu"`, "who may only look has no buttons")
	assert.Contains(t, from(h, "", "", "GET", "/", "").Body.String(), `id="menu"`)
}

func TestAScreenElsewhereActsOnceItHasShownTheAccessCode(t *testing.T) {
	h, p := staffed()
	const phone = "192.168.1.66"
	wrong := from(h, phone, "gate-3.lan:8090", "POST", "/login", `{"code":"correct horse"}`)
	require.Equal(t, http.StatusForbidden, wrong.Code)
	assert.Empty(t, wrong.Result().Cookies())
	right := from(h, phone, "gate-3.lan:8090", "POST", "/login", `{"code":"correct horse battery"}`)
	assert.Equal(t, http.StatusTooManyRequests, right.Code, "a second between two guesses, for everybody")
	require.Eventually(t, func() bool {
		right = from(h, phone, "gate-3.lan:8090", "POST", "/login", `{"code":"correct horse battery"}`)
		return right.Code == http.StatusOK
	}, 5*time.Second, 100*time.Millisecond)
	cookie := right.Result().Cookies()[0]
	assert.True(t, cookie.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	assert.Equal(t, http.StatusOK, from(h, phone, "gate-3.lan:8090", "POST", "/lane/1/test", `{}`, "Cookie", cookie.Name+"="+cookie.Value).Code)
	assert.Equal(t, []string{"test 1"}, p.done)

	without := panel.Handler(panel.Config{Gate: working(), Staff: p, Lanes: p})
	assert.Equal(t, http.StatusTooManyRequests, from(without, phone, "", "POST", "/login", `{"code":""}`).Code, "no code, no screen elsewhere")
	assert.Equal(t, http.StatusForbidden, from(without, phone, "", "POST", "/lane/1/test", `{}`, "Cookie", cookie.Name+"="+cookie.Value).Code)
}

func TestAnEmptyLaneTellsNobodyWhichCodesAreGood(t *testing.T) {
	p := &people{}
	h := panel.Handler(panel.Config{Gate: working(), Staff: p, Lanes: p})
	for _, path := range []string{"/lane/1/look", "/lane/1/type"} {
		answer := from(h, "", "", "POST", path, `{"text":"7K3M9"}`)
		assert.Equal(t, http.StatusForbidden, answer.Code, path)
		assert.Contains(t, answer.Body.String(), "Entre em serviço primeiro.")
	}
	assert.Empty(t, p.done)
}

func TestWhatCannotBeDoneIsSaidInTheLanesLanguage(t *testing.T) {
	h, p := staffed()
	for _, row := range []struct {
		err  error
		code int
		says string
	}{
		{duty.ErrWho, 409, "Número ou PIN errado."},
		{duty.ErrSupervisor, 409, "Só um supervisor pode."},
		{fmt.Errorf("join: %w", lane.ErrNothingRefused), 409, "Nada para liberar: leia o ingresso de novo."},
		{duty.TooMany{Wait: 61 * time.Second}, 429, "Muitas tentativas. Espere 1\u00a0min."},
		{lane.ErrSilent, 503, "Não foi possível. Tente de novo."},
	} {
		p.err = row.err
		answer := from(h, "", "", "POST", "/lane/1/override", `{"reason":"organizer","number":7,"pin":"1"}`)
		assert.Equal(t, row.code, answer.Code, row.err)
		assert.Contains(t, answer.Body.String(), row.says)
	}
	p.err = duty.ErrWho
	assert.Contains(t, from(h, "", "", "POST", "/lane/1/override?lang=de", `{"reason":"organizer"}`).Body.String(), "PIN falsch")
}

func TestHostileBodies(t *testing.T) {
	h, p := staffed()
	for _, row := range [][2]string{
		{"/lane/1/override", `{"reason":"because I say so"}`}, {"/lane/1/override", `{"reason":"organizer","as":"root"}`}, {"/lane/1/override", `not json`},
		{"/lane/1/settle", `{"scan":"zz"}`}, {"/lane/1/settle", `{"scan":""}`}, {"/lane/1/look", `{"text":""}`},
		{"/lane/1/look", `{"text":"` + strings.Repeat("A", 500) + `"}`}, {"/lane/1/look", `{"text":"` + strings.Repeat("A", 100_000) + `"}`},
		{"/lane/1/duty", `{"number":"7"}`},
	} {
		code := from(h, "", "", "POST", row[0], row[1]).Code
		assert.True(t, code == 400 || code == 422, "%s %.40s: %d", row[0], row[1], code)
	}
	assert.Empty(t, p.done)
}

func TestWhatALookUpTells(t *testing.T) {
	h, _ := staffed()
	var got struct {
		OK    bool
		Found panel.Lookup
	}
	require.NoError(t, json.Unmarshal(from(h, "", "", "POST", "/lane/1/look", `{"text":"7k3m9"}`).Body.Bytes(), &got))
	assert.Equal(t, panel.Lookup{Mood: panel.Refuse, Word: "Já usado", Lines: []string{"Meia", "Gala", "Às 20:40 na entrada g1. Chame o supervisor se houver dúvida.", "Usos: 1"}}, got.Found)
}

func TestLastScansAndWhatIsToBeSettled(t *testing.T) {
	g, p := verdict(lane.Shown{Admit: true, Reason: admit.OK, Kind: "Inteira", Seat: "B 12"}), &people{}
	g.st.Unknown = []lane.Unknown{{Scan: admit.ScanID{15: 9}, At: at - 3_600_000, Lane: 2, Kind: "Meia"}}
	var more panel.More
	require.NoError(t, json.Unmarshal(from(panel.Handler(panel.Config{Gate: g, Staff: p, Lanes: p}), "", "", "GET", "/lane/1/more", "").Body.Bytes(), &more))
	assert.Equal(t, panel.Row{Scan: admit.ScanID{9}.String(), At: "20:41:06", Mood: panel.Admit, Word: "Entre", Detail: "Inteira · B 12"}, more.Last[0])
	assert.Equal(t, panel.Row{Scan: admit.ScanID{15: 9}.String(), At: "21/11 19:41:07", Mood: panel.Attend, Word: "Meia", Detail: "Pista\u00a02"}, more.Unknown[0])
}
