package edge_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge"
	"portaria/edge/admit"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner/scannertest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// rosa supervises, with badge number 70 and a PIN.
const rosaPIN = "482913"

// employ gives the venue its own secret and a supervisor; a door then needs somebody on duty.
func (s *site) employ(door whitelist.Checkpoint, events ...*keepertest.Event) {
	s.t.Helper()
	secret := whitelist.Secrets{List: sha256.Sum256([]byte("venue")), Ref: [32]byte{1}}
	s.hub.src.Keep(s.hub.src.Venue, secret)
	pin, err := whitelist.MakePIN(secret.List, "rosa", rosaPIN, 7, [16]byte{1})
	require.NoError(s.t, err)
	v := whitelist.Venue{BadgeKeys: []whitelist.CodeKey{{ID: 0, Key: keepertest.Public("badges")}}, Zones: []whitelist.Zone{{ID: "hall", Name: "Sala"}},
		Controllers: []whitelist.Controller{{ID: "rosa", Badge: whitelist.TicketKey(secret.List, 70), Supervisor: true, PIN: &pin}}}
	door.ID, door.Name, door.Mode, door.To = "door", "Portão 3", whitelist.Open, "hall"
	door.Direction, door.Unlisted, door.AskMillis = whitelist.In, whitelist.UnlistedRefuse, cmp.Or(door.AskMillis, askMillis)
	for _, e := range events {
		v.Events = append(v.Events, e.Named())
		door.Events = append(door.Events, e.ID)
	}
	v.Checkpoints = []whitelist.Checkpoint{door}
	s.hub.venue(v)
	for _, e := range events {
		list, _ := e.Publish(e.Tickets(100)...)
		s.hub.list(e, list)
	}
	s.until("the lists are there", func(st lane.Status) bool {
		return len(st.Lists) == len(events) && st.Lists[0].Ready && st.Hub.Up && st.Lanes[0].Scanner == "ready"
	})
}

// badge is the code on somebody's badge.
func (s *site) badge(id ticket.ID) string {
	code, err := ticket.Mint(ticket.Signer{Event: s.hub.src.Venue, Key: keepertest.Key("badges")}, ticket.Fields{ID: id, Kind: ticket.KindStaff})
	require.NoError(s.t, err)
	return code.Text()
}

// act does something at the gate's own panel and returns what it says.
func (s *site) act(method, path, body string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.panel+path, strings.NewReader(body))
	require.NoError(s.t, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	return answer.StatusCode, string(raw)
}

func TestADoorOpensForWhoIsOnDutyAndASupervisorsWordIsRecorded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.employ(whitelist.Checkpoint{NeedsStaff: true, Policy: whitelist.Strict}, e)

	assert.Equal(t, admit.NoController, s.scan(ticket.ID(1).Short()).Reason)
	require.Eventually(t, func() bool { // the venue's secret comes by itself
		s.line.Send(s.badge(70) + "\r\n")
		return s.status().Lanes[0].Controller == "rosa"
	}, 10*time.Second, 200*time.Millisecond)
	require.True(t, s.scan(ticket.ID(2).Short()).Admit)
	s.passes(1)

	s.scan("SOMETHING ELSE") // the same code at once would count as the same scan
	again := s.scan(ticket.ID(2).ShortShown())
	require.Equal(t, admit.AlreadyUsed, again.Reason)
	code, said := s.act("POST", "/lane/1/override", `{"reason":"came_out","number":7,"pin":"000000"}`)
	assert.Equal(t, http.StatusConflict, code, said)
	code, said = s.act("POST", "/lane/1/override", `{"reason":"came_out","number":7,"pin":"`+rosaPIN+`"}`)
	require.Equal(t, http.StatusOK, code, said)
	s.passes(2)
	require.Eventually(t, func() bool {
		for _, event := range s.hub.events() {
			if event.Override != nil && *event.Override == (wire.Override{Supervisor: "rosa", Reason: "came_out"}) && event.Reason == admit.OKOverride {
				return true
			}
		}
		return false
	}, 5*time.Second, 10*time.Millisecond)

	code, said = s.act("POST", "/lane/1/look", `{"text":"`+strings.ToLower(ticket.ID(2).ShortShown())+`"}`)
	require.Equal(t, http.StatusOK, code)
	assert.Contains(t, said, "Já usado")
	code, _ = s.act("DELETE", "/lane/1/duty", `{}`)
	require.Equal(t, http.StatusOK, code)
	assert.Equal(t, admit.NoController, s.scan(ticket.ID(3).Short()).Reason)
	code, _ = s.act("POST", "/lane/1/look", `{"text":"`+ticket.ID(2).Short()+`"}`)
	assert.Equal(t, http.StatusForbidden, code, "nobody is on duty")
	code, _ = s.act("POST", "/lane/1/duty", `{"number":7,"pin":"`+rosaPIN+`"}`)
	require.Equal(t, http.StatusOK, code)
	code, _ = s.act("POST", "/lane/1/type", `{"text":"`+ticket.ID(4).ShortShown()+`"}`)
	require.Equal(t, http.StatusOK, code)
	s.passes(3)
}

func TestAnAdmissionThatThePowerCutOffIsSettledAtThePanel(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *edge.Config) { c.Board.PassageMillis = 0 })
	s.start()
	e := s.hub.src.Event("gala")
	s.employ(whitelist.Checkpoint{Policy: whitelist.Free}, e)
	require.True(t, s.scan(ticket.ID(1).Short()).Admit)
	s.stop()
	s.start()
	s.until("it waits to be settled", func(st lane.Status) bool { return len(st.Unknown) == 1 && st.Unknown[0].Kind == "Inteira" })
	scan := s.status().Unknown[0].Scan
	body := fmt.Sprintf(`{"scan":%q,"entered":false,"number":7,"pin":%q}`, scan, rosaPIN)
	require.Eventually(t, func() bool {
		code, _ := s.act("POST", "/lane/1/settle", body)
		return code == http.StatusOK
	}, 10*time.Second, 100*time.Millisecond, "once the venue's secret has come again")
	s.until("it is settled", func(st lane.Status) bool { return len(st.Unknown) == 0 })
	s.until("the hub answers", func(st lane.Status) bool { return st.Hub.Up && st.Lists[0].Ready })
	assert.True(t, s.scan(ticket.ID(1).Short()).Admit, "nobody entered: the ticket is good")
}

func TestAPersonWhomThePowerCutOffComesInWhereTheTurnstileCounts(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(c *edge.Config) {
		c.Board.PassageMillis = 0
		c.Lanes[0].Output.Profile = "trial-counter"
	})
	s.start()
	e := s.hub.src.Event("gala")
	s.employ(whitelist.Checkpoint{Policy: whitelist.Free, PassSeconds: 1}, e)
	for id := ticket.ID(1); id <= 2; id++ {
		require.True(t, s.scan(id.Short()).Admit)
		if id == 1 {
			code, _ := s.act("POST", "/board/lane/1/touch/passage_a", "")
			require.Equal(t, http.StatusNoContent, code)
			s.passes(1)
		}
	}
	s.stop()
	s.start()
	s.until("the hub has compared this run", func(st lane.Status) bool {
		return len(st.Unknown) == 1 && st.Hub.Up && len(st.Lists) == 1 && st.Lists[0].Ready
	})
	assert.Equal(t, admit.AlreadyUsed, s.scan(ticket.ID(1).Short()).Reason, "who has passed has passed")
	require.Eventually(t, func() bool { // once the last pulse's time is certainly over
		s.scan("SOMETHING ELSE")
		return s.scan(ticket.ID(2).Short()).Admit
	}, 8*time.Second, 300*time.Millisecond, "who stood before the arm when the power went comes in")
	s.until("nothing waits", func(st lane.Status) bool { return len(st.Unknown) == 0 })
}

func TestOneLanesTroubleStopsNoOther(t *testing.T) {
	t.Parallel()
	second, spare := scannertest.New(t), scannertest.New(t)
	broken := filepath.Join(t.TempDir(), "no-such-scanner")
	s := newSite(t, func(c *edge.Config) {
		c.Lanes = append(c.Lanes,
			edge.Lane{Number: 2, Checkpoint: "door", Scanner: second.Device, Also: []edge.Also{{Scanner: spare.Device}}},
			edge.Lane{Number: 3, Checkpoint: "door", Scanner: broken, Output: edge.Output{Board: "gpio", Profile: "perco-turnstile", Chip: "no-such-chip",
				Lines: map[string]int{"unlock_a": 1, "unlock_b": 2, "passage_a": 3, "passage_b": 4}}})
	})
	s.start()
	e := s.hub.src.Event("gala")
	s.employ(whitelist.Checkpoint{Policy: whitelist.Free}, e)
	s.until("what works works, and what does not is told", func(st lane.Status) bool {
		return st.Lanes[1].Scanner == "ready" && len(st.Lanes[1].Scanners) == 2 && st.Lanes[2].Scanner == "gone" && st.Lanes[2].Output == "failed"
	})
	require.True(t, s.scan(ticket.ID(1).Short()).Admit)

	second.Unplug()
	s.until("one of two is gone", func(st lane.Status) bool {
		return slices.Contains(st.Lanes[1].Scanners, lane.Scanner{Device: second.Device, State: "gone", Fault: "unplugged"})
	})
	assert.Equal(t, "ready", s.status().Lanes[1].Scanner, "the lane still reads")
	_, page := s.act("GET", "/lane/2", "")
	assert.Contains(t, page, "1 de 2 leitores")
	spare.Send(ticket.ID(2).Short() + "\r")
	s.until("by the other", func(st lane.Status) bool { return len(st.Lanes[1].Last) == 1 && st.Lanes[1].Last[0].Admit })
	_, page = s.act("GET", "/lane/3", "")
	assert.Contains(t, page, `data-mood="attend"`)

	var lines map[string]struct{ Outputs map[string]bool }
	_, raw := s.act("GET", "/board/lines", "")
	require.NoError(t, json.Unmarshal([]byte(raw), &lines))
	assert.Len(t, lines, 2, "the third lane has a device")
	s.until("its neighbours' lamps are at rest", func(lane.Status) bool {
		_, raw := s.act("GET", "/board/lines", "")
		_ = json.Unmarshal([]byte(raw), &lines)
		return !lines["1"].Outputs["lamp_amber"]
	})
}

func TestATestCardTriesALaneAndOpensNothing(t *testing.T) {
	s := newSite(t)
	s.start()
	e := s.hub.src.Event("gala")
	s.employ(whitelist.Checkpoint{Policy: whitelist.Free}, e)
	s.line.Send("PORTARIA:TEST\r\n")
	s.until("it is shown", func(st lane.Status) bool { return st.Lanes[0].Notice == "tested" })
	assert.Empty(t, s.status().Lanes[0].Last)
	require.Eventually(t, func() bool {
		_, raw := s.act("GET", "/board/lines", "")
		return strings.Contains(raw, `"lamp_green":true`) && strings.Contains(raw, `"lamp_red":true`) && strings.Contains(raw, `"buzzer":true`) && !strings.Contains(raw, `"unlock_a":true`)
	}, 3*time.Second, 20*time.Millisecond)
}

func TestATelephoneIsALanesScanner(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-a-telephone"
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(token+"\n"), 0o600))
	address := freePort(t)
	s := newSite(t, func(c *edge.Config) {
		c.Handhelds.Listen = address
		c.Lanes = append(c.Lanes, edge.Lane{Number: 2, Checkpoint: "door", Scanner: "network", TokenFile: file})
	})
	s.start()
	e := s.hub.src.Event("gala")
	s.employ(whitelist.Checkpoint{Policy: whitelist.Free}, e)
	s.until("the lane is ready", func(st lane.Status) bool { return st.Lanes[1].Scanner == "ready" })
	send := func(code string) (view struct{ Mood, Word string }) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/lane/2/scan?lang=en", strings.NewReader(code))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.NoError(t, json.NewDecoder(answer.Body).Decode(&view))
		return view
	}
	assert.Equal(t, "Enter", send(ticket.ID(1).ShortShown()).Word)
	assert.Equal(t, "Not found", send("HELLO").Word)
	assert.Equal(t, "Already used", send(ticket.ID(1).Short()).Word)
	assert.Equal(t, "refuse", send(ticket.ID(1).Short()).Mood, "the same again says the same")
}

func TestWhatIsWrongWithHandheldsAndPanelsIsSaid(t *testing.T) {
	cfg := newSite(t).cfg
	cfg.Lanes = append(cfg.Lanes, edge.Lane{Number: 2, Checkpoint: "door", Scanner: "network"}, edge.Lane{Number: 3, Checkpoint: "door", Scanner: "/dev/ttyACM9", TokenFile: "x",
		Also: []edge.Also{{Scanner: "/dev/ttyACM9"}, {Scanner: "/dev/ttyACM8", Profile: "acme"}}})
	err := cfg.Validate()
	for _, fault := range []string{"handhelds.listen: give host:port", "lane[1].token_file: give the file", "lane[2].token_file: it is for", "lane[2].also[0].scanner", "lane[2].also[1].profile"} {
		require.ErrorContains(t, err, fault)
	}
	cfg = newSite(t).cfg
	cfg.Handhelds.Listen, cfg.Panel.Listen, cfg.Panel.Key = "0.0.0.0:8443", "192.168.1.5:8090", "key.pem"
	err = cfg.Validate()
	require.ErrorContains(t, err, "handhelds.listen: no lane has scanner")
	require.ErrorContains(t, err, "panel.cert, panel.key: give both")
}
