package edge_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/config"
	"portaria/edge"
)

const gateFile = `gate = "gate-1"
venue = "01890000-0000-7000-8000-000000000001"
organizer = "01890000-0000-7000-8000-000000000002"
platform_key = "0000000000000000000000000000000000000000000000000000000000000000"
[[lane]]
number = 1
checkpoint = "door"
scanner = "/dev/ttyUSB0"
[lane.output]
`

func TestALanesOutputIsCheckedAllAtOnce(t *testing.T) {
	rows := []struct {
		name, output string
		says         []string
	}{
		{"a turnstile", `board = "gpio"
profile = "drop-arm"
chip = "pinctrl-bcm2711"
lines = { unlock_a = 17, passage_a = 22 }
active_low = ["unlock_a"]`, nil},
		{"a simulated strike", `profile = "door-strike"`, nil},
		{"no such board", `board = "relay"`, []string{"lane[0].output.board"}},
		{"no such profile", `profile = "acme"`, []string{"lane[0].output.profile", "perco-turnstile"}},
		{"lines of a board that isn't there", `lines = { unlock_a = 1 }`, []string{"are for board"}},
		{"everything wrong", `board = "gpio"
profile = "drop-arm"
lines = { unlock_a = 17, unlock_c = 17, passage_b = 5000 }
active_low = ["buzzer"]`, []string{"output.chip", "output.lines.unlock_c", "unlock_a already", "5000 is not in", "output.lines.passage_a: drop-arm needs it", "output.active_low"}},
		{"a misspelt key", `bord = "gpio"`, []string{"lane.output.bord"}},
		{"two lanes on one line", `board = "gpio"
profile = "drop-arm"
chip = "c"
lines = { unlock_a = 17, passage_a = 22 }
[[lane]]
number = 2
checkpoint = "door"
scanner = "/dev/ttyUSB1"
[lane.output]
board = "gpio"
profile = "drop-arm"
chip = "c"
lines = { unlock_a = 18, passage_a = 22 }`, []string{"lane[1].output.lines.passage_a: line 22 of c is lane[0].output.lines.passage_a already"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			cfg := edge.DefaultConfig()
			err := config.Decode([]byte(gateFile+row.output), &cfg)
			if len(row.says) == 0 {
				require.NoError(t, err)
			}
			for _, part := range row.says {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}

func TestOnlyARealDeviceThatTimesItselfStaysOpen(t *testing.T) {
	for _, c := range []struct {
		name string
		edge.Output
		want time.Duration
	}{
		{"a turnstile that waits for a passage", edge.Output{Board: "gpio", Profile: "perco-turnstile"}, 5 * time.Second},
		{"a strike that is held", edge.Output{Board: "gpio", Profile: "door-strike"}, 0},
		{"a simulated turnstile", edge.Output{Profile: "perco-turnstile"}, 0},
		{"nothing", edge.Output{}, 0},
	} {
		assert.Equal(t, c.want, edge.Stays(c.Output), c.name)
	}
}
