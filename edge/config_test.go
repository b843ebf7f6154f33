package edge_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/config"
	"portaria/edge"
)

const goodConfig = `gate = "g1"
insecure = true
venue = "01890000-0000-7000-8000-000000000001"
organizer = "01890000-0000-7000-8000-000000000002"
state_dir = "/tmp/x"
platform_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
[hub]
mqtt = "tcp://127.0.0.1:1883"
http = "http://127.0.0.1:8081"
[panel]
listen = "127.0.0.1:8090"
[[lane]]
number = 1
checkpoint = "c1"
scanner = "/dev/ttyACM0"
[[lane]]
number = 2
checkpoint = "c1"
exit = true
scanner = "/dev/ttyACM1"
profile = "strict-serial"
`

func decode(text string) (edge.Config, error) {
	cfg := edge.DefaultConfig()
	return cfg, config.Decode([]byte(text), &cfg)
}

func TestAGoodConfigurationIsReadWithItsDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "edge.toml")
	require.NoError(t, os.WriteFile(path, []byte(goodConfig), 0o600))
	cfg := edge.DefaultConfig()
	require.NoError(t, config.Load(path, &cfg))
	assert.Equal(t, "memory", cfg.SecretAtRest)
	assert.Equal(t, 800, cfg.Board.PassageMillis)
	assert.True(t, cfg.Lanes[1].Exit)
}

func TestEveryFaultOfAConfigurationNamesItsKey(t *testing.T) {
	rows := []struct{ name, old, new, says string }{
		{"a misspelt key", "checkpoint =", "chekpoint =", "lane.chekpoint"},
		{"a gate with a space", `gate = "g1"`, `gate = "gate 1"`, "gate:"},
		{"no venue", `venue = "01890000-0000-7000-8000-000000000001"`, "", "venue:"},
		{"a venue that is no UUID", `"01890000-0000-7000-8000-000000000001"`, `"porto"`, "line 3"},
		{"no organizer", `organizer = "01890000-0000-7000-8000-000000000002"`, "", "organizer:"},
		{"half a platform key", "00112233445566778899aabbccddeeff\"", "\"", "platform_key:"},
		{"no state directory", `"/tmp/x"`, `""`, "state_dir:"},
		{"secrets on paper", "[hub]", "secret_at_rest = \"paper\"\n[hub]", "secret_at_rest:"},
		{"a hub without its port", "tcp://127.0.0.1:1883", "tcp://127.0.0.1", "hub.mqtt:"},
		{"a hub far away", "tcp://127.0.0.1:1883", "tcp://10.0.0.2:1883", "not encrypted"},
		{"half a hub", `http = "http://127.0.0.1:8081"`, "", "hub.http:"},
		{"a panel for everybody", "127.0.0.1:8090", "0.0.0.0:8090", "not encrypted"},
		{"a panel that is no address", "127.0.0.1:8090", "8090", "panel.listen:"},
		{"two lanes of one number", "number = 2", "number = 1", "lane[1].number"},
		{"two lanes on one scanner", "ttyACM1", "ttyACM0", "lane[1].scanner"},
		{"a lane with no checkpoint", "number = 1\ncheckpoint = \"c1\"", "number = 1", "lane[0].checkpoint"},
		{"a scanner nobody knows", "strict-serial", "acme", "lane[1].profile"},
		{"a board that is not there yet", "[hub]", "[board]\nkind = \"gpio\"\n[hub]", "board.kind"},
		{"a passage that takes an hour", "[hub]", "[board]\nkind = \"simulated\"\npassage_millis = 3600000\n[hub]", "board.passage_millis"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			require.Contains(t, goodConfig, row.old)
			_, err := decode(strings.Replace(goodConfig, row.old, row.new, 1))
			assert.ErrorContains(t, err, row.says)
		})
	}
}

func TestAllFaultsOfAConfigurationShowAtOnce(t *testing.T) {
	_, err := decode("insecure = true\ngate = \"\"\ntypo = 1\n[panel]\nlisten = \"x\"\n")
	for _, part := range []string{"gate:", "typo", "venue:", "organizer:", "platform_key:", "panel.listen", "lane:"} {
		assert.ErrorContains(t, err, part)
	}
}

func TestAGateThatHasNotJoinedNeedsOnlyItsDevices(t *testing.T) {
	const fresh = "state_dir = \"/tmp/portaria-fresh\"\n[[lane]]\nnumber = 1\nscanner = \"/dev/ttyACM0\"\n"
	_, err := decode(fresh)
	require.NoError(t, err)
	_, err = decode("insecure = true\n" + fresh)
	require.ErrorContains(t, err, "gate:")
	for _, hub := range []string{"mqtt = \"mqtts://10.0.0.2:8883\"\nhttp = \"https://10.0.0.2:8444\"\n", "discover = true\n"} {
		_, err = decode("[hub]\n" + hub + strings.TrimPrefix(fresh, "state_dir = \"/tmp/portaria-fresh\"\n"))
		require.NoError(t, err)
	}
	_, err = decode(strings.Replace(goodConfig, "insecure = true\n", "", 1))
	require.ErrorContains(t, err, "is not like mqtts://host:port", "a plain link needs the word")
}

func TestTheExampleIsGood(t *testing.T) {
	cfg := edge.DefaultConfig()
	require.NoError(t, config.Load("cmd/edge/example.toml", &cfg))
	assert.Len(t, cfg.Lanes, 1)
}

func TestAnInsecureGateSearchesNobody(t *testing.T) {
	_, err := decode(strings.Replace(goodConfig, "[hub]", "[hub]\ndiscover = true", 1))
	require.ErrorContains(t, err, "hub.discover")
}
