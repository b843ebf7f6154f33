package api_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/api"
	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/postgres/arbiters"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/scan"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// scanSide is the scan API's side of one process over a real database.
func scanSide(w *gatestest.World, holder string) *scan.Service {
	shelf := arbiters.Shelf{Pool: w.Pool}
	books := &scan.Books{Shelf: shelf, Secrets: w.Keys}
	log := slog.New(slog.DiscardHandler)
	a := arbiter.New(w.T.Context(), arbiter.Config{Leases: arbiters.Leases{Pool: w.Pool}, Holder: holder, Log: log,
		Venue: func(ctx context.Context, organizer, venue ticket.EventID) (*whitelist.Venue, *time.Location, error) {
			b, err := books.Venue(ctx, uuid.UUID(organizer), uuid.UUID(venue))
			if err != nil {
				return nil, nil, err
			}
			return &b.Signed.Venue, b.Zone, nil
		}})
	w.T.Cleanup(a.Close)
	return &scan.Service{Books: books, Arbiters: a, Store: arbiters.Scans{Pool: w.Pool}, Intake: arbiters.Intake{Pool: w.Pool}, Phones: shelf, Venues: shelf,
		Now: w.Now, Log: log}
}

// signedIn are people by their cookies.
var signedIn sync.Map

func visitors(_ context.Context, cookie string) (api.Visitor, bool, error) {
	v, ok := signedIn.Load(cookie)
	if !ok {
		return api.Visitor{}, false, nil
	}
	return v.(api.Visitor), true, nil
}

// night is an evening whose doors are open and whose list is signed.
type night struct {
	*house
	key  string
	e    evening
	door string
}

func newNight(t *testing.T) *night {
	t.Helper()
	h := newHouse(t)
	n := &night{house: h, key: h.organizer()}
	n.e = h.evening(n.key)
	h.world.Exec("UPDATE events SET doors_at = now() - interval '1 hour', starts_at = now(), ends_at = now() + interval '3 hours' WHERE id = $1", n.e.event)
	n.door = h.must(n.key, "POST", "/venues/"+n.e.venue+"/checkpoints", map[string]any{"name": "Porta", "direction": "both"})["id"].(string)
	return n
}

// sold are the codes of so many tickets, which the doors know.
func (n *night) sold(count int) (codes []string) {
	n.Helper()
	n.buy(n.key, n.e.offer, count)
	n.sign()
	for _, x := range n.must(n.key, "GET", "/tickets", nil)["items"].([]any) {
		codes = append(codes, x.(map[string]any)["short_code"].(string))
	}
	return codes
}

func (n *night) sign() {
	n.Helper()
	_, err := n.world.Lists.Sign(n.Context(), ticket.EventID(uuid.MustParse(n.e.event)))
	require.NoError(n, err)
	_, err = n.world.Venues.Sign(n.Context(), ticket.EventID(uuid.MustParse(n.e.venue)))
	require.NoError(n, err)
}

var scanned int

func (n *night) request(device, code string) map[string]any {
	scanned++
	return map[string]any{"id": fmt.Sprintf("request-%d", scanned), "venue": n.e.venue, "checkpoint": n.door, "device": device, "code": code,
		"at": "2026-11-22T22:03:11.250Z", "language": "en"}
}

func TestAScanIsAnsweredInTheDesignsWords(t *testing.T) {
	n := newNight(t)
	codes := n.sold(2)
	first := n.request("ana-1", codes[0]+"\r\n")
	a := n.must(n.key, "POST", "/scans", first)
	assert.Equal(t, "admit", a["outcome"], a)
	assert.Equal(t, "ok", a["reason"])
	assert.Equal(t, "passed", a["passage"])
	assert.Equal(t, "cloud", a["decided_by"])
	assert.Equal(t, "Nei Lisboa", a["event"].(map[string]any)["name"])
	assert.Equal(t, "Inteira", a["kind"].(map[string]any)["name"])
	assert.EqualValues(t, 0, a["remaining"])

	assert.Equal(t, a, n.must(n.key, "POST", "/scans", first), "the same again is the same answer")
	other := n.request("ana-1", codes[1])
	other["id"] = first["id"]
	n.refused(n.ask(n.key, "POST", "/scans", other), 422, "scan_id_reused")

	b := n.must(n.key, "POST", "/scans", n.request("bia-2", codes[0]))
	assert.Equal(t, "ask", b["outcome"], b)
	assert.Equal(t, "already_used", b["reason"])
	assert.Equal(t, "phone-ana-1", b["elsewhere"].(map[string]any)["gate"])
	assert.Contains(t, b["text"], "phone-ana-1")
	c := n.must(n.key, "POST", "/scans", n.request("bia-2", "0000000000000"))
	assert.Equal(t, "refuse", c["outcome"])
	assert.Equal(t, "unknown", c["reason"])

	over := n.must(n.key, "POST", "/scans/"+b["scan"].(string)+"/override", map[string]any{"id": "override-1", "reason": "Asked the box office"})
	assert.Equal(t, "ok_override", over["reason"])
	assert.Equal(t, over, n.must(n.key, "POST", "/scans/"+b["scan"].(string)+"/override", map[string]any{"id": "override-1", "reason": "Asked the box office"}))
	n.refused(n.ask(n.key, "POST", "/scans/"+c["scan"].(string)+"/override", map[string]any{"id": "override-2", "reason": "because"}), 409, "not_overridable")
}

func TestAPassageIsToldAfterwards(t *testing.T) {
	n := newNight(t)
	code := n.sold(1)[0]
	r := n.request("ana-1", code)
	r["auto"] = false
	a := n.must(n.key, "POST", "/scans", r)
	require.Equal(t, "waiting", a["passage"])
	at := "/scans/" + a["scan"].(string)
	assert.Equal(t, "aborted", n.must(n.key, "POST", at+"/abort", nil)["passage"])
	again := n.request("bia-1", code)
	again["auto"] = false
	b := n.must(n.key, "POST", "/scans", again)
	require.Equal(t, "admit", b["outcome"], "nobody passed, so the ticket is free")
	assert.Equal(t, "passed", n.must(n.key, "POST", "/scans/"+b["scan"].(string)+"/passed", nil)["passage"])
	n.refused(n.ask(n.key, "POST", "/scans/"+b["scan"].(string)+"/abort", nil), 409, "passage_over")
	n.refused(n.ask(n.organizer(), "POST", at+"/passed", nil), 404, "not_found")

	out := n.request("ana-1", code)
	out["exit"] = true
	assert.Equal(t, "out", n.must(n.key, "POST", "/scans", out)["direction"])
}

func TestOnlyWhoMayScansAndOnlyWhereTheyMay(t *testing.T) {
	n := newNight(t)
	code := n.sold(1)[0]
	n.refused(n.ask("", "POST", "/scans", n.request("x", code)), 401, "bad_credentials")
	stranger := n.organizer()
	n.refused(n.ask(stranger, "POST", "/scans", n.request("x", code)), 404, "not_found")
	narrow := n.must(n.key, "POST", "/keys", map[string]any{"name": "door", "scopes": []string{"scans:write"}})["key"].(string)
	require.Equal(t, "admit", n.must(narrow, "POST", "/scans", n.request("door-1", code))["outcome"])
	n.refused(n.ask(n.key, "POST", "/scans", n.request("door-1", code)), 409, "device_taken")
	used := n.must(narrow, "POST", "/scans", n.request("door-1", code))
	n.refused(n.ask(narrow, "POST", "/scans/"+used["scan"].(string)+"/override", map[string]any{"id": "override-1", "reason": "because"}), 403, "no_scope")

	var owner uuid.UUID
	require.NoError(t, n.world.Pool.QueryRow(t.Context(), "SELECT organizer_id FROM venues WHERE id = $1", n.e.venue).Scan(&owner))
	venue, event := uuid.MustParse(n.e.venue), uuid.MustParse(n.e.event)
	for _, row := range []struct {
		name   string
		grant  role.Grant
		status int
		reason string
	}{
		{"a controller of the house", role.Grant{Role: role.Controller}, 200, "already_used"},
		{"one of this venue", role.Grant{Role: role.Controller, Venue: venue}, 200, "already_used"},
		{"one of this event", role.Grant{Role: role.Controller, Event: event}, 200, "already_used"},
		{"one of another venue", role.Grant{Role: role.Controller, Venue: uuid.New()}, 404, ""},
		{"an auditor", role.Grant{Role: role.Auditor}, 403, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			cookie, person := uuid.NewString(), uuid.New()
			signedIn.Store(cookie, api.Visitor{Person: person, Name: "Ana", Organizer: owner, Grants: role.Grants{row.grant}})
			a := n.ask("", "POST", "/scans", n.request("p-"+person.String()[:8], code), "Cookie", "desk="+cookie)
			require.Equal(t, row.status, a.status, "%s", a.body)
			if row.reason != "" {
				assert.Equal(t, row.reason, a.json(t)["reason"])
			}
		})
	}
}

func TestATicketOfAnotherEventOrVenueIsNotLetIn(t *testing.T) {
	n := newNight(t)
	n.sold(1)
	assert.Equal(t, "unknown", n.must(n.key, "POST", "/scans", n.request("ana", strings.Repeat("Z", 14)))["reason"])

	elsewhere := &night{house: n.house, key: n.key, e: n.house.evening(n.key)}
	elsewhere.door = n.must(n.key, "POST", "/venues/"+elsewhere.e.venue+"/checkpoints", map[string]any{"name": "Outra"})["id"].(string)
	elsewhere.sign()
	r := n.request("ana", "x")
	r["checkpoint"] = elsewhere.door
	n.refused(n.ask(n.key, "POST", "/scans", r), 404, "not_found")
	mine := n.must(n.key, "GET", "/tickets", nil)["items"].([]any)[0].(map[string]any)["short_code"].(string)
	assert.NotEqual(t, "admit", n.must(n.key, "POST", "/scans", elsewhere.request("ana", mine))["outcome"], "the other venue's doors don't know it")
}

func TestDoorsAreListedWithWhatADeviceMustKnow(t *testing.T) {
	n := newNight(t)
	n.sold(1)
	a := n.must(n.key, "GET", "/scans/doors", nil)
	v := a["venues"].([]any)[0].(map[string]any)
	assert.Equal(t, "cloud", v["arbiter"])
	door := v["checkpoints"].([]any)[0].(map[string]any)
	assert.Equal(t, "both", door["direction"])
	assert.Contains(t, door["events"], n.e.event)
}

func TestATelephonesListFindsItsTicketsAndNothingElse(t *testing.T) {
	n := newNight(t)
	code := n.sold(1)[0]
	lists := n.must(n.key, "GET", "/scans/venues/"+n.e.venue+"/lists", nil)["events"].([]any)
	require.Len(t, lists, 1)
	about := lists[0].(map[string]any)
	secret, err := base64.RawURLEncoding.DecodeString(about["secret"].(string))
	require.NoError(t, err)
	at := "/scans/venues/" + n.e.venue + "/lists/" + n.e.event
	raw := n.ask(n.key, "GET", at, nil)
	require.Equal(t, http.StatusOK, raw.status)
	require.Equal(t, "application/octet-stream", raw.header.Get("Content-Type"))
	require.Equal(t, "PSL1", string(raw.body[:4]))
	require.EqualValues(t, about["epoch"], binary.BigEndian.Uint64(raw.body[16:]))
	require.EqualValues(t, 1, binary.BigEndian.Uint32(raw.body[24:]))
	require.Len(t, raw.body, 28+24)

	id, err := ticket.ParseShort(code)
	require.NoError(t, err)
	mac := hmac.New(sha256.New, secret)
	mac.Write(binary.BigEndian.AppendUint64([]byte{1}, uint64(id)))
	entry := raw.body[28:]
	assert.Equal(t, mac.Sum(nil)[:8], entry[:8])
	assert.EqualValues(t, whitelist.Good, entry[10])
	assert.Equal(t, http.StatusNotModified, n.ask(n.key, "GET", at, nil, "If-None-Match", raw.header.Get("ETag")).status)

	before := binary.BigEndian.Uint64(raw.body[16:])
	n.buy(n.key, n.e.offer, 2)
	n.sign()
	require.Eventually(t, func() bool {
		raw = n.ask(n.key, "GET", fmt.Sprintf("%s?from=%d", at, before), nil)
		return raw.status == http.StatusOK && raw.body[4] == 1 && binary.BigEndian.Uint32(raw.body[24:]) == 2
	}, 10*time.Second, 100*time.Millisecond, "only what changed")
	n.refused(n.ask(n.organizer(), "GET", at, nil), 404, "not_found")
}

func (n *night) alone(seq int, code, decided string) map[string]any {
	return map[string]any{"seq": seq, "id": fmt.Sprintf("alone-%d-%d", seq, len(code)), "checkpoint": n.door, "code": code, "at": time.Now().Add(-time.Minute).Format(time.RFC3339),
		"decided": decided}
}

func results(a map[string]any) (out []string) {
	for _, r := range a["records"].([]any) {
		out = append(out, r.(map[string]any)["result"].(string))
	}
	return out
}

func TestWhatADeviceDecidedAloneIsTakenOnceAndNeverRefusedBecauseATicketWasUsed(t *testing.T) {
	n := newNight(t)
	codes := n.sold(2)
	require.Equal(t, "admit", n.must(n.key, "POST", "/scans", n.request("ana", codes[0]))["outcome"])
	upload := map[string]any{"venue": n.e.venue, "device": "bia", "run": "9f3a61c2", "records": []any{
		n.alone(1, codes[0], "admit"), n.alone(2, "nonsense", "refuse"), n.alone(3, codes[1], "admit")}}
	a := n.must(n.key, "POST", "/scans/offline", upload)
	assert.EqualValues(t, 3, a["held"])
	assert.Equal(t, []string{"stored", "stored", "stored"}, results(a))
	assert.Equal(t, true, a["records"].([]any)[0].(map[string]any)["double"], "it came in twice, and that is told")
	assert.Nil(t, a["records"].([]any)[2].(map[string]any)["double"])
	again := n.must(n.key, "POST", "/scans/offline", upload)
	assert.Equal(t, []string{"known", "known", "known"}, results(again))
	assert.Equal(t, "already_used", n.must(n.key, "POST", "/scans", n.request("ana", codes[1]))["reason"], "the arbiter knows what the device did")

	bad := n.alone(4, codes[0], "admit")
	bad["checkpoint"] = uuid.NewString()
	mixed := n.must(n.key, "POST", "/scans/offline", map[string]any{"venue": n.e.venue, "device": "bia", "run": "9f3a61c2",
		"records": []any{bad, n.alone(5, codes[0], "refuse"), n.alone(7, codes[0], "refuse")}})
	assert.Equal(t, []string{"refused", "stored", "gap"}, results(mixed))
	assert.EqualValues(t, 5, mixed["held"])
	n.refused(n.ask(n.organizer(), "POST", "/scans/offline", upload), 404, "not_found")
	conflicts := n.must(n.key, "GET", "/events/"+n.e.event+"/conflicts", nil)["items"].([]any)
	require.Len(t, conflicts, 1)
}

// vain is a record of a scan that was asked about in vain.
func (n *night) vain(seq int, asked map[string]any, decided string) map[string]any {
	r := n.alone(seq, asked["code"].(string), decided)
	r["id"], r["asked"] = asked["id"], true
	return r
}

func TestAScanWhoseAnswerWasLostAndWhoseGuestWasRefusedAloneIsGivenBack(t *testing.T) {
	n := newNight(t)
	codes := n.sold(4)
	scan := func(device, code string) map[string]any {
		r := n.request(device, code)
		r["auto"] = false
		return r
	}
	lost, shown, auto, unheard, late := scan("ana", codes[0]), scan("ana", codes[1]), n.request("ana", codes[2]), scan("ana", codes[3]), scan("ana", codes[3])
	for _, r := range []map[string]any{lost, shown, auto, unheard} {
		require.Equal(t, "admit", n.must(n.key, "POST", "/scans", r)["outcome"])
	}
	passed := n.must(n.key, "POST", "/scans", shown)["scan"].(string)
	n.must(n.key, "POST", "/scans/"+passed+"/passed", nil)

	upload := map[string]any{"venue": n.e.venue, "device": "ana", "run": "9f3a61c2", "records": []any{
		n.vain(1, lost, "refuse"), n.vain(2, shown, "refuse"), n.vain(3, auto, "refuse"), n.vain(4, unheard, "none"), n.vain(5, late, "refuse")}}
	for range 2 {
		a := n.must(n.key, "POST", "/scans/offline", upload)
		assert.EqualValues(t, 5, a["held"])
		for _, r := range a["records"].([]any) {
			assert.Nil(t, r.(map[string]any)["open"])
		}
	}
	for name, asked := range map[string]map[string]any{"the answer was lost": lost, "nobody was answered": unheard, "the question comes late": late} {
		n.refused(n.ask(n.key, "POST", "/scans", asked), 409, "scan_given_up")
		if name != "nobody was answered" {
			assert.Equal(t, "admit", n.must(n.key, "POST", "/scans", n.request("bia", asked["code"].(string)))["outcome"], "%s: the guest comes in at another door", name)
		}
	}
	for name, asked := range map[string]map[string]any{"who has passed": shown, "who was counted as passed with the answer": auto} {
		assert.Equal(t, "already_used", n.must(n.key, "POST", "/scans", n.request("bia", asked["code"].(string)))["reason"], "%s is taken back by nobody", name)
		assert.Equal(t, "admit", n.must(n.key, "POST", "/scans", asked)["outcome"], "and the scan has its answer for ever")
	}
	sum := n.must(n.key, "GET", "/events/"+n.e.event+"/entries/summary", nil)
	assert.EqualValues(t, 4, sum["admitted"], "two that stand, and two at the other door: %v", sum)
}

func TestADeviceGivesUpScansOfItsOwnOnly(t *testing.T) {
	n := newNight(t)
	codes := n.sold(1)
	asked := n.request("ana", codes[0])
	asked["auto"] = false
	require.Equal(t, "admit", n.must(n.key, "POST", "/scans", asked)["outcome"])
	a := n.must(n.key, "POST", "/scans/offline", map[string]any{"venue": n.e.venue, "device": "bia", "run": "9f3a61c2", "records": []any{n.vain(1, asked, "refuse")}})
	assert.Equal(t, []string{"stored"}, results(a))
	assert.Equal(t, "already_used", n.must(n.key, "POST", "/scans", n.request("caio", codes[0]))["reason"], "the same id of another device is another scan")
	assert.Equal(t, "admit", n.must(n.key, "POST", "/scans", asked)["outcome"])

	others := n.must(n.key, "POST", "/keys", map[string]any{"name": "another gatekeeper", "scopes": []any{"scans:write"}})["key"].(string)
	upload := map[string]any{"venue": n.e.venue, "device": "ana", "run": "00000001", "records": []any{n.vain(1, asked, "refuse")}}
	n.refused(n.ask(others, "POST", "/scans/offline", upload), 409, "device_taken")
	assert.Equal(t, "already_used", n.must(n.key, "POST", "/scans", n.request("caio", codes[0]))["reason"])
}

func TestADeviceThatShowsNonsenseIsSlowedDown(t *testing.T) {
	n := newNight(t)
	n.sold(1)
	for i := range 10 {
		require.Equal(t, "unknown", n.must(n.key, "POST", "/scans", n.request("ana", fmt.Sprint("nonsense", i)))["reason"])
	}
	a := n.ask(n.key, "POST", "/scans", n.request("ana", "nonsense"))
	n.refused(a, http.StatusTooManyRequests, "device_too_fast")
	assert.Equal(t, "2", a.header.Get("Retry-After"))
}

// process is a cloud's side of letters between processes.
func process(t *testing.T, w *gatestest.World, s *scan.Service, name string) {
	p := &arbiters.Peers{Pool: w.Pool, Self: name, Here: s.Here, Log: slog.New(slog.DiscardHandler),
		Hub: func(context.Context, string, wire.Ask) (wire.Answer, bool) { return wire.Answer{}, false }}
	s.Peers = p
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var done sync.WaitGroup
	done.Go(func() { p.Run(ctx) })
	t.Cleanup(func() { stop(); done.Wait() })
}

func TestTwoProcessesOfACloudAnswerAsOne(t *testing.T) {
	n := newNight(t)
	codes := n.sold(2)
	second := scanSide(n.world, "b")
	process(t, n.world, n.house.scans, "a")
	process(t, n.world, second, "b")
	first := n.request("ana", codes[0])
	require.Equal(t, "admit", n.must(n.key, "POST", "/scans", first)["outcome"], "the first process decides")

	var owner uuid.UUID
	require.NoError(t, n.world.Pool.QueryRow(t.Context(), "SELECT organizer_id FROM venues WHERE id = $1", n.e.venue).Scan(&owner))
	who := scan.Caller{Organizer: owner, Owner: "key b", Reach: role.Reach{Everywhere: true}, Override: role.Reach{Everywhere: true}}
	ask := scan.Scan{ID: "by-the-second", Venue: uuid.MustParse(n.e.venue), Checkpoint: n.door, Device: "bia", Code: codes[0]}
	var k scan.Kept
	require.Eventually(t, func() (ok bool) { // until both listen
		var err error
		k, err = second.Scan(t.Context(), who, ask)
		return err == nil
	}, 15*time.Second, 10*time.Millisecond)
	assert.EqualValues(t, "already_used", k.Answer.Verdict.Reason, "asked of the second, decided by the first")
	ask.ID, ask.Code = "by-the-second-2", codes[1]
	k, err := second.Scan(t.Context(), who, ask)
	require.NoError(t, err)
	assert.True(t, k.Answer.Verdict.Admit)
	assert.Equal(t, wicket.Waiting, k.Answer.Passage)
	passage, err := second.Passage(t.Context(), who, k.Scan, true)
	require.NoError(t, err)
	assert.Equal(t, wicket.Passed, passage)
	many := scan.Upload{Venue: ask.Venue, Device: "bia", Run: "00c0ffee"}
	for i := range 40 {
		many.Records = append(many.Records, scan.Alone{Seq: uint64(i + 1), ID: fmt.Sprint("alone-by-b-", i), Checkpoint: n.door, Code: codes[1], At: time.Now(), Admitted: true})
	}
	held, out, err := second.Offline(t.Context(), who, many)
	require.NoError(t, err)
	assert.EqualValues(t, 40, held, "more than fits one letter")
	assert.True(t, out[0].Double)
}

func TestWhereAHubIsNotReachedTheDeviceIsToldWhatToDo(t *testing.T) {
	n := newNight(t)
	code := n.sold(1)[0]
	n.must(n.key, "POST", "/venues/"+n.e.venue+"/hubs", map[string]any{"id": "hub-away", "name": "Hub"})
	require.Equal(t, "admit", n.must(n.key, "POST", "/scans", n.request("ana", code))["outcome"], "a hub that never joined decides nothing")
	n.world.Exec("UPDATE hubs SET joined_at = now() WHERE id = 'hub-away'")
	require.Eventually(t, func() bool {
		a := n.ask(n.key, "POST", "/scans", n.request("bia", code))
		require.Equal(t, 503, a.status, "%s", a.body)
		return a.json(t)["code"] == "hub_away"
	}, 15*time.Second, 50*time.Millisecond, "first it is told to try again, then that the hub is away")
	assert.Equal(t, "hub", n.must(n.key, "GET", "/scans/doors", nil)["venues"].([]any)[0].(map[string]any)["arbiter"])
	upload := map[string]any{"venue": n.e.venue, "device": "bia", "run": "9f3a61c2", "records": []any{n.alone(1, code, "admit")}}
	a := n.must(n.key, "POST", "/scans/offline", upload)
	assert.Equal(t, []string{"stored"}, results(a), "what it decided alone is taken all the same; the hub fetches it")

	asked := n.request("bia", code)
	given := map[string]any{"venue": n.e.venue, "device": "bia", "run": "9f3a61c3", "records": []any{n.vain(1, asked, "refuse"), n.alone(2, code, "refuse")}}
	a = n.must(n.key, "POST", "/scans/offline", given)
	assert.Equal(t, []string{"stored", "stored"}, results(a))
	assert.Equal(t, true, a["records"].([]any)[0].(map[string]any)["open"], "the hub has not heard that the device gave it up")
	assert.Nil(t, a["records"].([]any)[1].(map[string]any)["open"])
	n.world.Exec("UPDATE hubs SET retired_at = now() WHERE id = 'hub-away'")
	require.Eventually(t, func() bool {
		again := n.must(n.key, "POST", "/scans/offline", map[string]any{"venue": n.e.venue, "device": "bia", "run": "9f3a61c3", "records": []any{n.vain(1, asked, "refuse")}})
		require.Equal(t, []string{"known"}, results(again))
		return again["records"].([]any)[0].(map[string]any)["open"] == nil
	}, 15*time.Second, 50*time.Millisecond, "whoever decides now is told, by the same record")
}

func FuzzAScanIsNeverOurFault(f *testing.F) {
	f.Add(`{"id":"request-1","code":"7K3M9-QXF2T-BCW8"}`)
	f.Add(`{"records":[{"seq":1}],"run":"9f3a61c2"}`)
	f.Add(`{"id":"` + strings.Repeat("x", 65) + `","venue":"x","code":"\u0000","at":"yesterday"}`)
	d, _ := deps(f)
	handler, err := api.New(d)
	require.NoError(f, err)
	_, key, err := d.Accounts.CreateOrganizer(f.Context(), "Casa", "en")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{"/scans", "/scans/offline", "/scans/00000000000000000000000000000000/override"} {
			r := httptest.NewRequest(http.MethodPost, api.Base+path, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+key)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			assert.Less(t, w.Code, 500, "%s", w.Body)
		}
	})
}
