package floor_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/wire"
	"portaria/floor"
)

func TestTheCloudHearsSoonWhichManifestGatesObey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		o := &floor.Obeyed{Tell: func() { told++ }}
		for _, gate := range []string{"gate-1", "gate-2", "gate-3"} {
			o.Heard(gate, wire.State{Venue: 7})
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		assert.Equal(t, 1, told, "three gates share a heartbeat")

		o.Heard("gate-1", wire.State{Venue: 7})
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, 1, told, "what is known already is not told again at once")

		o.Heard("gate-1", wire.State{Venue: 8})
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		assert.Equal(t, 2, told)
	})
}
