package whitelist_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
)

func TestWhereARightIsAtHome(t *testing.T) {
	homes := homelyVenue().Homes
	ref := whitelist.Ref{9}
	of := func(change func(*whitelist.Right)) []string {
		r := whitelist.Right{Event: concert, Ref: ref, Listed: true}
		change(&r)
		return homes.Of(r)
	}
	for _, row := range []struct {
		name   string
		change func(*whitelist.Right)
		want   []string
	}{
		{"a seat in the first sector", func(r *whitelist.Right) { r.Seat = 1 }, []string{"frisas"}},
		{"the last seat of it", func(r *whitelist.Right) { r.Seat = 80 }, []string{"frisas"}},
		{"the next sector", func(r *whitelist.Right) { r.Seat = 81 }, []string{"porta-2"}},
		{"a door inside the venue", func(r *whitelist.Right) { r.Inner = "plateia" }, []string{"plateia-1"}},
		{"a door inside that has no rule", func(r *whitelist.Right) { r.Inner = "camarotes" }, nil},
		{"another event", func(r *whitelist.Right) { r.Event = matinee }, nil},
		{"a code that no list has, where seats decide", func(r *whitelist.Right) { r.Listed = false },
			[]string{"frisas", "porta-1", "porta-2"}},
		{"a code that no list has, where they do not", func(r *whitelist.Right) { r.Listed, r.Inner = false, "plateia" },
			[]string{"plateia-1"}},
	} {
		assert.Equal(t, row.want, of(row.change), row.name)
	}
	homes.Rules = append([]whitelist.HomeRule{{Event: concert, Kinds: []uint16{3, 4}, Gates: []string{"camarotes"}}}, homes.Rules...)
	assert.Equal(t, []string{"camarotes"}, of(func(r *whitelist.Right) { r.Kind, r.Seat = 4, 1 }), "the first rule that fits counts")
	assert.Equal(t, []string{"frisas"}, of(func(r *whitelist.Right) { r.Kind, r.Seat = 5, 1 }), "which one of other kinds does not")
	assert.Nil(t, of(func(r *whitelist.Right) { r.Event = matinee }))
	homes.Rules = append(homes.Rules, whitelist.HomeRule{Gates: []string{"tarde"}})
	assert.Equal(t, []string{"tarde"}, of(func(r *whitelist.Right) { r.Event = matinee }), "a rule of every event")
	without := of(func(*whitelist.Right) {})
	require.Len(t, without, 1)
	assert.Contains(t, []string{"porta-1", "porta-2"}, without[0], "a right without a seat")
	assert.Equal(t, without, of(func(r *whitelist.Right) { r.Seat = 91 }), "a seat in no sector")
}

func TestHomesAreSpreadEvenly(t *testing.T) {
	var gates []string
	for i := range 5 {
		gates = append(gates, fmt.Sprintf("gate-%d", i+1))
	}
	homes := whitelist.Homes{Epoch: 1, Rules: []whitelist.HomeRule{{Event: concert, Gates: gates}}}
	count := map[string]int{}
	const rights = 50_000
	for i := range rights {
		var ref whitelist.Ref
		binary.BigEndian.PutUint32(ref[12:], uint32(i))
		count[homes.Of(whitelist.Right{Event: concert, Ref: ref, Listed: true})[0]]++
	}
	for _, gate := range gates {
		assert.InDelta(t, rights/len(gates), count[gate], rights/100, gate)
	}
}

func TestWhoHasHomes(t *testing.T) {
	homes := homelyVenue().Homes
	for _, gate := range []string{"porta-1", "porta-2", "frisas", "plateia-1"} {
		assert.True(t, homes.Names(gate), gate)
	}
	assert.False(t, homes.Names("porta-3"))
	same := homelyVenue().Homes
	same.Epoch++
	assert.True(t, homes.Same(same), "whatever the epoch")
	same.Rules[0].Sectors[0].To--
	assert.False(t, homes.Same(same))
}

func TestHomesThatCannotBeAreRefused(t *testing.T) {
	rule := func(change func(*whitelist.HomeRule)) func(*whitelist.Homes) {
		return func(h *whitelist.Homes) { change(&h.Rules[0]) }
	}
	for _, row := range []struct {
		name   string
		change func(*whitelist.Homes)
	}{
		{"of no epoch", func(h *whitelist.Homes) { h.Epoch = 0 }},
		{"too many rules", func(h *whitelist.Homes) { h.Rules = make([]whitelist.HomeRule, 4097) }},
		{"too many kinds", rule(func(r *whitelist.HomeRule) { r.Kinds = make([]uint16, 5000) })},
		{"doors into a zone that is not there", func(h *whitelist.Homes) { h.Rules[1].Inner = "adega" }},
		{"no gate", rule(func(r *whitelist.HomeRule) { r.Gates = nil })},
		{"too many gates", rule(func(r *whitelist.HomeRule) { r.Gates = make([]string, 257) })},
		{"a gate twice", rule(func(r *whitelist.HomeRule) { r.Gates[1] = r.Gates[0] })},
		{"a gate without a name", rule(func(r *whitelist.HomeRule) { r.Gates[1] = "" })},
		{"a sector of no gate", rule(func(r *whitelist.HomeRule) { r.Sectors[0].Gates = nil })},
		{"a sector that ends before it begins", rule(func(r *whitelist.HomeRule) { r.Sectors[1].To = 80 })},
		{"sectors that overlap", rule(func(r *whitelist.HomeRule) { r.Sectors[1].From = 80 })},
		{"a sector from seat 0", rule(func(r *whitelist.HomeRule) { r.Sectors[0].From = 0 })},
		{"too many sectors", rule(func(r *whitelist.HomeRule) { r.Sectors = make([]whitelist.HomeSector, 257) })},
	} {
		v := homelyVenue()
		row.change(v.Homes)
		_, err := whitelist.SignVenue(v, listKey, chain)
		assert.ErrorIs(t, err, whitelist.ErrMalformed, row.name)
	}
}
