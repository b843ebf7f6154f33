package orders_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/orders"
)

type disk struct {
	doors wire.Doors
	full  bool
}

func (d *disk) Orders() (wire.Doors, error) { return d.doors, nil }

func (d *disk) SetOrders(_ context.Context, doors wire.Doors) error {
	if d.full {
		return errors.New("no space left")
	}
	d.doors = doors
	return nil
}

// office is orders, and what gates were told.
type office struct {
	*orders.Orders
	disk disk
	told []wire.Command
}

const night = 1_795_320_000_000

func open(t *testing.T, d disk) *office {
	t.Helper()
	o := &office{disk: d}
	var err error
	o.Orders, err = orders.Open(orders.Config{Store: &o.disk, Hub: "hub-1", Term: func() uint64 { return 3 },
		Send: func(_ string, c wire.Command) error { o.told = append(o.told, c); return nil },
		Now:  func() time.Time { return time.UnixMilli(night) }})
	require.NoError(t, err)
	return o
}

func beat(orders uint64, doors ...string) (s wire.State) {
	s.Orders = orders
	for i, d := range doors {
		s.Lanes = append(s.Lanes, wire.LaneState{Lane: i + 1, Checkpoint: d})
	}
	return s
}

func TestAGateIsToldUntilItObeys(t *testing.T) {
	o := open(t, disk{})
	o.Heard("gate-1", beat(0, "north"))
	assert.Empty(t, o.told, "nothing is ordered")
	require.NoError(t, o.Set(t.Context(), "north", whitelist.Closed, "Ana"))
	require.NoError(t, o.Set(t.Context(), "south", whitelist.Drill, "Ana"))
	o.Heard("gate-1", beat(0, "north"))
	o.Heard("gate-1", beat(night, "north"))
	require.Len(t, o.told, 2)
	c := o.told[1]
	assert.Equal(t, &wire.Doors{Number: night + 1, Doors: []wire.DoorOrder{{Checkpoint: "north", Mode: whitelist.Closed, By: "Ana"}}}, c.Doors,
		"only what concerns its lanes")
	assert.Equal(t, uint64(3), c.Term)
	_, err := wire.Encode[wire.Command](c)
	require.NoError(t, err)
	o.Heard("gate-1", beat(night+1, "north"))
	assert.Len(t, o.told, 2)

	again := open(t, o.disk)
	again.Heard("gate-2", beat(0, "south"))
	assert.Equal(t, whitelist.Drill, again.told[0].Doors.Doors[0].Mode, "orders outlive a power cut")
}

func TestAHubWithANewDiskCountsOn(t *testing.T) {
	o := open(t, disk{})
	o.Heard("gate-1", beat(night+9, "north"))
	require.NoError(t, o.Set(t.Context(), "north", "", "Ana"))
	o.Heard("gate-1", beat(night+9, "north"))
	require.Len(t, o.told, 1)
	assert.Greater(t, o.told[0].Doors.Number, uint64(night+1000), "another hub may have given the next few")
	assert.Empty(t, o.told[0].Doors.Doors)
}

func TestAnOrderGivenByAClockThatIsBehindIsObeyedToo(t *testing.T) {
	o := open(t, disk{})
	require.NoError(t, o.Set(t.Context(), wire.EveryDoor, whitelist.Evacuation, "Ana"))
	o.Heard("gate-1", beat(night+9, "north"))
	require.Len(t, o.told, 1)
	assert.Greater(t, o.told[0].Doors.Number, uint64(night+1000), "another hub may have given the next few")
	o.Heard("gate-1", beat(o.told[0].Doors.Number, "north"))
	assert.Len(t, o.told, 1)

	again := open(t, o.disk)
	again.Heard("gate-1", beat(o.told[0].Doors.Number, "north"))
	assert.Empty(t, again.told, "what an old disk remembers is no new order")
}

func TestAStolenGateLeavesNumbersForTheNextOrders(t *testing.T) {
	o := open(t, disk{})
	for _, lie := range []uint64{math.MaxUint64, math.MaxUint64 - 1, 4_102_444_800_000, 4_102_444_800_001} {
		o.Heard("thief", beat(lie, "north"))
		before := o.disk.doors.Number
		require.NoError(t, o.Set(t.Context(), wire.EveryDoor, whitelist.Evacuation, "Ana"))
		require.Greater(t, o.disk.doors.Number, before)
		require.Less(t, o.disk.doors.Number, uint64(4_102_444_800_000+1<<32), "there is room for those to come")
		o.told = nil
		o.Heard("gate-1", beat(before, "north"))
		require.Len(t, o.told, 1, "it is told, and obeys the higher number")
	}
	obeyed := o.disk.doors.Number
	next := open(t, disk{})
	next.Heard("gate-1", beat(obeyed, "north"))
	next.Heard("gate-2", beat(obeyed, "south"))
	require.NoError(t, next.Set(t.Context(), wire.EveryDoor, whitelist.Closed, "Ana"))
	assert.Greater(t, next.disk.doors.Number, obeyed, "a hub with a new disk counts on from what two gates obey")
}

func TestAnOrderForEveryDoorReplacesTheOthers(t *testing.T) {
	o := open(t, disk{})
	require.NoError(t, o.Set(t.Context(), "north", whitelist.Closed, "Ana"))
	require.NoError(t, o.Set(t.Context(), wire.EveryDoor, whitelist.Evacuation, strings.Repeat("Ä", 40)))
	require.Len(t, o.InForce(), 1)
	assert.Len(t, o.InForce()[0].By, 64)
	require.NoError(t, o.Set(t.Context(), wire.EveryDoor, "", "Ana"))
	assert.Empty(t, o.InForce())
}

func TestRefusals(t *testing.T) {
	o := open(t, disk{})
	for i := range wire.MaxDoors - 1 {
		require.NoError(t, o.Set(t.Context(), strconv.Itoa(i), whitelist.Closed, "Ana"))
	}
	require.ErrorIs(t, o.Set(t.Context(), "one more", whitelist.Closed, "Ana"), orders.ErrMany)
	require.ErrorIs(t, o.Tell("gate-1", 1, " "), orders.ErrText)
	require.ErrorIs(t, o.Tell("gate-1", 1, strings.Repeat("x", 81)), orders.ErrText)
	o.disk.full = true
	require.ErrorContains(t, o.Set(t.Context(), "0", "", "Ana"), "no space left")
	assert.Len(t, o.InForce(), wire.MaxDoors-1, "what is not durable is not in force")
}

func TestWordsReachALane(t *testing.T) {
	o := open(t, disk{})
	require.NoError(t, o.Tell("gate-1", 2, " Fecha em 5 minutos "))
	c := o.told[0]
	assert.Equal(t, "Fecha em 5 minutos", c.Text)
	assert.Equal(t, 2, c.Lane)
	assert.Equal(t, int64(night+60_000), c.DropAfter)
}
