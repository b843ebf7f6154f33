package duty_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/duty"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/internal/lane"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// door is what stands at the gate.
type door struct {
	duty    map[int]string
	told    []string
	let     []string // supervisor and reason
	settled []bool
	fails   error
}

func (d *door) OnDuty(_ context.Context, lane int, controller string) error {
	if d.fails == nil {
		d.duty[lane] = controller
	}
	return d.fails
}

func (d *door) Override(_ context.Context, _ int, supervisor, reason string) error {
	d.let = append(d.let, supervisor+": "+reason)
	return d.fails
}

func (d *door) Settle(_ context.Context, _ admit.ScanID, _ string, entered bool) error {
	d.settled = append(d.settled, entered)
	return d.fails
}

func (d *door) Tell(_ int, notice string) { d.told = append(d.told, notice) }

func (d *door) last() string {
	if len(d.told) == 0 {
		return ""
	}
	return d.told[len(d.told)-1]
}

// staff is a venue's people: ana (number 7, supervisor), rui (number 8, only at the side door), and their badges.
type staff struct {
	venue  whitelist.SignedVenue
	secret *whitelist.Secrets
}

func (s *staff) Venue() (whitelist.SignedVenue, bool) { return s.venue, true }

func (s *staff) Secrets(scope ticket.EventID) (whitelist.Secrets, bool) {
	if s.secret == nil || scope != s.venue.Venue.Venue {
		return whitelist.Secrets{}, false
	}
	return *s.secret, true
}

const anaPIN, ruiPIN = "482913", "110022"

func open(t *testing.T) (*duty.Desk, *door, *staff) {
	src := keepertest.New(t, "own")
	s := &staff{secret: &whitelist.Secrets{List: [32]byte{5}}}
	person := func(id string, number int, digits string, badge ticket.ID, supervisor bool, doors ...string) whitelist.Controller {
		pin, err := whitelist.MakePIN(s.secret.List, id, digits, number, [16]byte{byte(number)})
		require.NoError(t, err)
		return whitelist.Controller{ID: id, Badge: whitelist.TicketKey(s.secret.List, badge), Supervisor: supervisor, PIN: &pin, Checkpoints: doors}
	}
	s.venue = src.Sign(whitelist.Venue{BadgeKeys: []whitelist.CodeKey{{ID: 0, Key: keepertest.Public("badges")}},
		Controllers: []whitelist.Controller{person("ana", 7, anaPIN, 70, true), person("rui", 8, ruiPIN, 80, false, "side")},
		Checkpoints: []whitelist.Checkpoint{{ID: "side", Direction: whitelist.In, Mode: whitelist.Open, Policy: whitelist.Free, Unlisted: whitelist.UnlistedRefuse}}})
	gate := &door{duty: map[int]string{}}
	return duty.New(gate, s, map[int]string{1: "main", 2: "side"}, slog.New(slog.DiscardHandler)), gate, s
}

func badge(t *testing.T, s *staff, id ticket.ID, key string) string {
	code, err := ticket.Mint(ticket.Signer{Event: s.venue.Venue.Venue, Key: keepertest.Key(key)}, ticket.Fields{ID: id, Kind: ticket.KindStaff})
	require.NoError(t, err)
	return code.Text()
}

func TestABadgeSignsItsHolderOnAndOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, gate, s := open(t)
		ana := badge(t, s, 70, "badges")
		require.True(t, d.Read(t.Context(), 1, ana))
		assert.Equal(t, "ana", gate.duty[1])
		require.True(t, d.Read(t.Context(), 1, ana))
		assert.Equal(t, "ana", gate.duty[1], "held there a little too long")
		time.Sleep(11 * time.Second)
		require.True(t, d.Read(t.Context(), 1, ana))
		assert.Empty(t, gate.duty[1])
		assert.Equal(t, []string{"signed_on", "signed_on", "signed_off"}, gate.told)
		require.True(t, d.Read(t.Context(), 2, ticket.ID(80).Short()), "a scanner that reads only bars")
		assert.Equal(t, "rui", gate.duty[2])
		require.True(t, d.Read(t.Context(), 2, ana))
		assert.Equal(t, "ana", gate.duty[2], "the next shift needs no sign-off of the last")
	})
}

func TestWhoseBadgeItIsNot(t *testing.T) {
	d, gate, s := open(t)
	event := ticket.Signer{Event: ticket.EventID{1}, Key: keepertest.Key("badges")}
	elsewhere, err := ticket.Mint(event, ticket.Fields{ID: 70_000, Kind: ticket.KindStaff})
	require.NoError(t, err)
	rows := []struct {
		what, text, notice string
		took               bool
	}{
		{"a badge that the manifest does not name any more", badge(t, s, 99, "badges"), "unknown_badge", true},
		{"a badge for another door", badge(t, s, 80, "badges"), "other_door", true},
		{"a badge of another venue", elsewhere.Text(), "", false},
		{"a badge with a made-up signature, of nobody", badge(t, s, 99, "my own"), "", false},
		{"a ticket", ticket.ID(1).Short(), "", false},
		{"anything", "HELLO", "", false},
	}
	for _, row := range rows {
		gate.told = nil
		assert.Equal(t, row.took, d.Read(t.Context(), 1, row.text), row.what)
		assert.Equal(t, row.notice, gate.last(), row.what)
		assert.Empty(t, gate.duty[1], row.what)
	}
	s.secret = nil
	assert.False(t, d.Read(t.Context(), 1, badge(t, s, 70, "badges")), "before the venue's secret has come nobody is known")
	require.ErrorIs(t, d.SignOn(t.Context(), 1, duty.Login{Number: 7, PIN: anaPIN}), duty.ErrNobody)
}

func TestAPINSignsOn(t *testing.T) {
	d, gate, _ := open(t)
	require.NoError(t, d.SignOn(t.Context(), 1, duty.Login{Number: 7, PIN: anaPIN}))
	assert.True(t, d.OnDuty(1))
	require.NoError(t, d.SignOff(t.Context(), 1))
	assert.False(t, d.OnDuty(1))
	require.ErrorIs(t, d.SignOn(t.Context(), 1, duty.Login{Number: 7, PIN: ruiPIN}), duty.ErrWho)
	require.ErrorIs(t, d.SignOn(t.Context(), 1, duty.Login{Number: 55, PIN: anaPIN}), duty.ErrWho)
	require.ErrorIs(t, d.SignOn(t.Context(), 1, duty.Login{Number: 8, PIN: ruiPIN}), duty.ErrDoor)
	require.ErrorIs(t, d.SignOn(t.Context(), 9, duty.Login{Number: 7, PIN: anaPIN}), lane.ErrNoLane)
	assert.Empty(t, gate.duty[1])
}

func TestGuessingAPINTakesYears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _, _ := open(t)
		guess := func(number int) error { return d.SignOn(t.Context(), 1, duty.Login{Number: number, PIN: "000000"}) }
		for range 3 {
			require.ErrorIs(t, guess(7), duty.ErrWho)
		}
		var wait duty.TooMany
		require.ErrorAs(t, guess(7), &wait)
		assert.Equal(t, 2*time.Second, wait.Wait)
		require.ErrorAs(t, d.SignOn(t.Context(), 1, duty.Login{Number: 7, PIN: anaPIN}), &wait, "the right one waits too")
		require.NoError(t, d.SignOn(t.Context(), 2, duty.Login{Number: 8, PIN: ruiPIN}), "another person does not")

		tried, until := 0, time.Now().Add(24*time.Hour)
		for number := 1000; time.Now().Before(until); number++ { // each time another number: one PIN tried on everybody
			if err := guess(number); errors.As(err, &wait) {
				time.Sleep(wait.Wait)
				continue
			}
			tried++
		}
		assert.Less(t, tried, 130, "guesses a day")
		time.Sleep(2 * time.Hour)
		require.NoError(t, d.SignOn(t.Context(), 1, duty.Login{Number: 7, PIN: anaPIN}))
	})
}

func TestASupervisorsWordByPIN(t *testing.T) {
	d, gate, _ := open(t)
	require.NoError(t, d.Override(t.Context(), 1, "scanner broken", &duty.Login{Number: 7, PIN: anaPIN}))
	assert.Equal(t, []string{"ana: scanner broken"}, gate.let)
	require.ErrorIs(t, d.Override(t.Context(), 2, "please", &duty.Login{Number: 8, PIN: ruiPIN}), duty.ErrSupervisor)
	require.ErrorIs(t, d.Override(t.Context(), 1, "please", &duty.Login{Number: 7, PIN: "1"}), duty.ErrWho)
	require.NoError(t, d.Settle(t.Context(), 1, admit.ScanID{1}, true, &duty.Login{Number: 7, PIN: anaPIN}))
	assert.Equal(t, []bool{true}, gate.settled)
	assert.Len(t, gate.let, 1)
}

func TestASupervisorsWordByBadge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, gate, s := open(t)
		ana, rui := badge(t, s, 70, "badges"), badge(t, s, 80, "badges")
		require.NoError(t, d.Override(t.Context(), 2, "family", nil))
		assert.True(t, d.Waiting(2))
		assert.Empty(t, gate.let, "nobody has said who asks")
		require.True(t, d.Read(t.Context(), 2, rui))
		assert.Equal(t, "not_supervisor", gate.last())
		require.True(t, d.Read(t.Context(), 2, ana))
		assert.Equal(t, []string{"ana: family"}, gate.let)
		assert.Equal(t, "done", gate.last())
		assert.Empty(t, gate.duty[2], "the supervisor came for a word, not for a shift")
		assert.False(t, d.Waiting(2))

		require.NoError(t, d.Override(t.Context(), 2, "family", nil))
		time.Sleep(31 * time.Second)
		require.True(t, d.Read(t.Context(), 2, ana))
		assert.Len(t, gate.let, 1, "too late: now the badge signs on")
		assert.Equal(t, "ana", gate.duty[2])

		require.NoError(t, d.Override(t.Context(), 2, "family", nil))
		d.Cancel(2)
		time.Sleep(11 * time.Second)
		require.True(t, d.Read(t.Context(), 2, ana))
		assert.Len(t, gate.let, 1, "nobody waits any more")

		gate.fails = lane.ErrNothingRefused
		require.NoError(t, d.Override(t.Context(), 1, "family", nil))
		require.True(t, d.Read(t.Context(), 1, ana))
		assert.Equal(t, "not_now", gate.last())
	})
}

func TestWhoIsTakenOffTheManifestIsOffDuty(t *testing.T) {
	d, gate, s := open(t)
	require.NoError(t, d.SignOn(t.Context(), 1, duty.Login{Number: 7, PIN: anaPIN}))
	require.NoError(t, d.SignOn(t.Context(), 2, duty.Login{Number: 8, PIN: ruiPIN}))
	d.Recheck(t.Context())
	assert.True(t, d.OnDuty(1))
	s.venue.Venue.Controllers = s.venue.Venue.Controllers[1:]
	d.Recheck(t.Context())
	assert.False(t, d.OnDuty(1))
	assert.True(t, d.OnDuty(2))
	assert.Equal(t, "rui", gate.duty[2])
}
