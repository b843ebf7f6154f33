package stock_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/cloud/internal/stock"
)

func id(n byte) uuid.UUID { return uuid.UUID{15: n} }

func TestWantsAreGroupedInTheOrderOfLocks(t *testing.T) {
	groups := stock.ByEvent([]stock.Want{
		{Event: id(2), Offer: id(9), Quantity: 1, Places: 4},
		{Event: id(1), Offer: id(8), Quantity: 2, Places: 2},
		{Event: id(2), Offer: id(3), Quantity: 1, Places: 1},
		{Event: id(2), Offer: id(9), Quantity: 2, Places: 8},
	})
	require.Equal(t, []stock.EventWants{
		{Event: id(1), Places: 2, Wants: []stock.Want{{Event: id(1), Offer: id(8), Quantity: 2, Places: 2}}},
		{Event: id(2), Places: 13, Wants: []stock.Want{
			{Event: id(2), Offer: id(3), Quantity: 1, Places: 1},
			{Event: id(2), Offer: id(9), Quantity: 3, Places: 12},
		}},
	}, groups)
	require.Empty(t, stock.ByEvent(nil))
}

func TestGroupingLosesNoPlaceAndIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wants := rapid.SliceOf(rapid.Custom(func(t *rapid.T) stock.Want {
			return stock.Want{
				Event: id(rapid.Byte().Draw(t, "event") % 4), Offer: id(rapid.Byte().Draw(t, "offer") % 4),
				Quantity: rapid.IntRange(1, 9).Draw(t, "quantity"), Places: rapid.IntRange(1, 9).Draw(t, "places"),
			}
		})).Draw(t, "wants")
		asked, grouped := 0, 0
		for _, w := range wants {
			asked += w.Places
		}
		groups := stock.ByEvent(wants)
		for _, g := range groups {
			inGroup := 0
			for _, w := range g.Wants {
				inGroup += w.Places
			}
			require.Equal(t, g.Places, inGroup)
			grouped += g.Places
		}
		require.Equal(t, asked, grouped)
		require.Equal(t, groups, stock.ByEvent(rapid.Permutation(wants).Draw(t, "shuffled")))
	})
}
