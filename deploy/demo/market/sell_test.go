package market_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/deploy/demo/market"
)

func TestPurchasesAreEnoughAndVaried(t *testing.T) {
	list := market.Purchases([]string{"a", "b"}, 220)
	sold, buttons, offers := 0, map[string]int{}, map[string]int{}
	for _, p := range list {
		sold += p.Quantity
		buttons[p.Pay]++
		offers[p.Offer] += p.Quantity
		assert.LessOrEqual(t, p.Quantity, 4)
	}
	assert.GreaterOrEqual(t, sold, 220)
	assert.Less(t, sold, 224)
	assert.Len(t, buttons, 3, "some are approved, some declined first, some notified twice")
	assert.Greater(t, offers["a"], 50)
	assert.Greater(t, offers["b"], 50)
}
