package panel_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/panel"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

var everyPage = []string{"/", "/doors", "/incidents", "/gates"}

func TestNobodySeesAnythingBeforeSigningOn(t *testing.T) {
	v := visit(t, fullHouse())
	for _, path := range append(everyPage, "/export/counts.csv", "/export/events.csv") {
		status, where := v.get(path)
		assert.Equal(t, http.StatusSeeOther, status, path)
		assert.Equal(t, "/sign-on", where, path)
	}
	status, page := v.get("/live")
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.NotContains(t, page, "1 285")
	for _, path := range []string{"/doors", "/lanes", "/incidents/3", "/machines/gate-3/exclude", "/settle/09/entered"} {
		status, _ := v.post(path, nil)
		assert.Equal(t, http.StatusUnauthorized, status, path)
	}
}

func TestEveryPageInEveryLanguageSaysAllItHasTo(t *testing.T) {
	missing := regexp.MustCompile(`‹[^›]*›|%!|ZgotmplZ`)
	houses := map[string]*fakeHouse{"full": fullHouse(), "empty": {view: panel.View{Zone: time.UTC, Now: night, Disk: panel.Disk{Level: "ok"}}}}
	recovering := fullHouse()
	recovering.view.Ready, recovering.view.Waiting = false, []string{"gate-3"}
	recovering.view.OldHub = true
	recovering.view.Cloud = panel.Cloud{Configured: true, Pending: 12345}
	recovering.view.Disk = panel.Disk{Level: "low", Percent: 85}
	for i := range recovering.view.Doors {
		recovering.view.Doors[i].Order = &wire.DoorOrder{Checkpoint: wire.EveryDoor, Mode: whitelist.Evacuation, By: "#11"}
	}
	houses["evacuated, alone, recovering"] = recovering
	for name, house := range houses {
		v := visit(t, house).signOn("11", "123456")
		for _, language := range []string{"pt-BR", "en"} {
			_, _ = v.post("/language", url.Values{"tag": {language}})
			for _, path := range append(everyPage, "/sign-on", "/nowhere") {
				_, page := v.get(path)
				assert.Contains(t, page, `<html lang="`+language+`">`, name+path)
				assert.Empty(t, missing.FindString(page), name+path)
			}
		}
	}
}

func TestTheLivePageSaysWhatNeedsAPerson(t *testing.T) {
	v := visit(t, fullHouse()).signOn("11", "123456")
	_, page := v.get("/", "Accept-Language", "en")
	for _, want := range []string{"1\u202f285", "81 % of 1\u202f580", "31 already used", "Twice", "gate-3 has not answered for 3 min",
		"gate-5, lane 1: the scanner is gone", "gate-6: battery at 17 %", "somebody may have entered", "Entrada Norte", "20:44:08", "3 <span class=\"unit\">of 5"} {
		assert.Contains(t, strings.ReplaceAll(page, " ", "\u202f"), strings.ReplaceAll(want, " ", "\u202f"), want)
	}
}

func TestTheLivePageGoesOnByItself(t *testing.T) {
	house := fullHouse()
	v := visit(t, house).signOn("11", "123456")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.base+"/live", nil)
	require.NoError(t, err)
	answer, err := v.client.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	house.mu.Lock()
	house.view.Total.Refused = 777
	house.mu.Unlock()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var html string
		require.NoError(t, json.Unmarshal([]byte(data), &html))
		if strings.Contains(html, `<div class="v">777</div>`) {
			return
		}
	}
	t.Fatal("the stream ended")
}

func TestWhatASupervisorDoesReachesTheHouse(t *testing.T) {
	house := fullHouse()
	v := visit(t, house).signOn("11", "123456")
	form := func(pairs ...string) url.Values {
		f := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	for _, row := range []struct {
		path string
		form url.Values
		want panel.Act
		back string
	}{
		{"/doors", form("door", "north", "mode", "closed"), panel.OrderDoor{Door: "north", Mode: whitelist.Closed}, "/doors?done=1&door=north&is=closed&was="},
		{"/doors", form("door", "south", "mode", ""), panel.OrderDoor{Door: "south"}, "/doors?done=1&door=south&is=&was=closed"},
		{"/lanes", form("lane", "gate-1 2", "text", "Fecha já"), panel.Tell{Gate: "gate-1", Lane: 2, Text: "Fecha já"}, "/doors?done=1"},
		{"/lanes", form("lane", "", "text", "Chuva"), panel.Tell{Text: "Chuva"}, "/doors?done=1"},
		{"/incidents/3", form("note", "visto"), panel.Acknowledge{Number: 3, Note: "visto"}, "/incidents?done=1"},
		{"/machines/gate-3/exclude", nil, panel.Exclude{Gate: "gate-3"}, "/gates?done=1"},
		{"/machines/gate-3/exclude", form("old-hub", "off"), panel.Exclude{Gate: "gate-3", OldHubOff: true}, "/gates?done=1"},
		{"/machines/gate-3/readmit", nil, panel.Readmit{Gate: "gate-3"}, "/gates?done=1"},
		{"/join", form("gate", "gate-7", "door", "north"), panel.Invite{Gate: "gate-7", Door: "north"}, "/gates#join"},
		{"/join", form("gate", "gate-3", "door", "north", "replace", "1"), panel.Invite{Gate: "gate-3", Door: "north", Replace: true}, "/gates#join"},
		{"/machines/gate-7/approve", form("words", "amber violin tiger cloud"), panel.Approve{Gate: "gate-7", Words: [4]string{"amber", "violin", "tiger", "cloud"}}, "/gates?done=1"},
		{"/machines/gate-7/refuse", nil, panel.Refuse{Gate: "gate-7"}, "/gates?done=1"},
		{"/machines/gate-3/remove", nil, panel.Remove{Gate: "gate-3"}, "/gates?done=1"},
		{"/machines/gate-3/remove", form("stolen", "1"), panel.Remove{Gate: "gate-3", Stolen: true}, "/gates?done=1"},
		{"/settle/0900/entered", nil, panel.Settle{Scan: "0900", Entered: true}, "/gates?done=1"},
		{"/settle/0900/stayed", nil, panel.Settle{Scan: "0900"}, "/gates?done=1"},
	} {
		status, where := v.post(row.path, row.form)
		assert.Equal(t, http.StatusSeeOther, status, row.path)
		assert.Equal(t, row.back, where)
		assert.Equal(t, row.want, house.did()[len(house.did())-1])
	}
	_, page := v.get("/doors?done=1&door=south&is=&was=closed", "Accept-Language", "en")
	assert.Contains(t, page, "Door Entrada Sul: as configured.")
	assert.Contains(t, page, `<input type="hidden" name="mode" value="closed"><button class="link">Undo</button>`)

	house.err = errors.New("nobody waits for that scan")
	status, page := v.post("/settle/0900/stayed", nil)
	assert.Equal(t, http.StatusConflict, status)
	assert.Contains(t, page, "nobody waits for that scan")
}

func TestAControllerMayLookAndAcknowledgeOnly(t *testing.T) {
	house := fullHouse()
	v := visit(t, house).signOn("12", "654321")
	for _, path := range []string{"/doors", "/lanes", "/machines/gate-3/exclude", "/machines/gate-3/readmit", "/join", "/machines/gate-7/approve", "/machines/gate-7/refuse", "/machines/gate-3/remove", "/settle/0900/entered"} {
		status, _ := v.post(path, url.Values{"door": {"north"}, "mode": {"closed"}, "text": {"x"}})
		assert.Equal(t, http.StatusForbidden, status, path)
	}
	assert.Empty(t, house.did())
	_, page := v.get("/gates")
	assert.NotContains(t, page, "7K3M-9QXF", "a code to join is for supervisors")
	status, _ := v.post("/incidents/3", url.Values{"note": {"visto"}})
	assert.Equal(t, http.StatusSeeOther, status)
}

func TestGuessingAPINSlowsDown(t *testing.T) {
	house := fullHouse()
	v := visit(t, house)
	guess := func(pin string) string {
		_, page := v.post("/sign-on", url.Values{"number": {"11"}, "pin": {pin}}, "Accept-Language", "en")
		return page
	}
	for range 3 {
		assert.Contains(t, guess("000000"), "is wrong")
	}
	assert.Contains(t, guess("123456"), "Too many tries", "even the right one has to wait")
	v.now = v.now.Add(2 * time.Second)
	assert.Contains(t, guess("000000"), "is wrong")
	v.now = v.now.Add(time.Second)
	assert.Contains(t, guess("123456"), "Too many tries", "each time longer")
	v.now = v.now.Add(5 * time.Minute)
	v.signOn("11", "123456")
}

func TestASessionEnds(t *testing.T) {
	v := visit(t, fullHouse()).signOn("11", "123456")
	status, _ := v.get("/")
	assert.Equal(t, http.StatusOK, status)
	v.now = v.now.Add(12*time.Hour + time.Minute)
	status, _ = v.get("/")
	assert.Equal(t, http.StatusSeeOther, status, "after a shift")
	v.signOn("11", "123456")
	_, where := v.post("/sign-off", nil)
	assert.Equal(t, "/sign-on", where)
	status, _ = v.get("/")
	assert.Equal(t, http.StatusSeeOther, status)
}

func TestAFormOfAnotherSiteDoesNothing(t *testing.T) {
	house := fullHouse()
	v := visit(t, house).signOn("11", "123456")
	status, _ := v.post("/doors", url.Values{"door": {"*"}, "mode": {"evacuation"}}, "Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, status)
	assert.Empty(t, house.did())
}

func TestWithNoCloudThePINsAreNotKnown(t *testing.T) {
	house := fullHouse()
	house.secr = panel.ErrNoSecret
	_, page := visit(t, house).post("/sign-on", url.Values{"number": {"11"}, "pin": {"123456"}}, "Accept-Language", "en")
	assert.Contains(t, page, "hub pin")
}

func TestExportsAreForSpreadsheetsAndRunNothingThere(t *testing.T) {
	v := visit(t, fullHouse()).signOn("11", "123456")
	_, counts := v.get("/export/counts.csv")
	lines := strings.Split(strings.TrimSpace(counts), "\n")
	assert.Equal(t, "from,door,in,out,refused", lines[0])
	assert.Len(t, lines, 1+2*14)
	assert.Equal(t, "2026-11-22T19:35:00-03:00,Entrada Norte,16,0,2", lines[1])
	_, records := v.get("/export/events.csv")
	assert.Contains(t, records, `'=HYPERLINK`)
	assert.Contains(t, records, "this export is not whole")
}
