package wicket_test

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestEvenings(t *testing.T) {
	count, first := number("WICKET_SEEDS", 96), number("WICKET_SEED", 1)
	began, all := time.Now(), tally{}
	var mu sync.Mutex
	t.Run("seeds", func(t *testing.T) {
		for part := range lanes {
			t.Run(fmt.Sprint(part), func(t *testing.T) {
				t.Parallel()
				for seed := first + part; seed < first+count; seed += lanes {
					e := lived(t, seed)
					mu.Lock()
					all.add(e.tally)
					mu.Unlock()
					assert.Empty(t, e.truth.faults, "WICKET_SEED=%d WICKET_SEEDS=1 go test -run Evenings ./floor/wicket (%s, %v)", seed, e.policy, e.eras)
				}
			})
		}
	})
	t.Logf("%d evenings in %s: %s", count, time.Since(began).Round(time.Millisecond), all)
}

const lanes uint64 = 4

func lived(t *testing.T, seed uint64) (e *evening) {
	synctest.Test(t, func(*testing.T) {
		e = newEvening(seed)
		e.live()
	})
	return e
}

func number(name string, usual uint64) uint64 {
	n, err := strconv.ParseUint(cmp.Or(os.Getenv(name), fmt.Sprint(usual)), 10, 64)
	if err != nil {
		panic(fmt.Errorf("%s: %w", name, err))
	}
	return n
}
