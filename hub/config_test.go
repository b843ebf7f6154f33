package hub_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/config"
	"portaria/hub"
)

const goodConfig = `
insecure = true
id = "hub-1"
venue = "01932f00-0000-7000-8000-0000000000a1"
organizer = "01932f00-0000-7000-8000-0000000000b1"
platform_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
state_dir = "/var/lib/portaria-hub"
gates = ["gate-1", "gate-2"]
[cloud]
mqtt = "tcp://127.0.0.1:1883"
http = "http://127.0.0.1:8080"
token_file = "/etc/portaria/token"
`

func TestAGoodConfigurationIsTaken(t *testing.T) {
	cfg := hub.Defaults()
	require.NoError(t, config.Decode([]byte(goodConfig), cfg))
	assert.Equal(t, "127.0.0.1:1884", cfg.MQTTListen)
	assert.Equal(t, "memory", cfg.SecretAtRest)
}

func TestConfigurationFaultsAreToldAllAtOnce(t *testing.T) {
	bad := strings.NewReplacer(`"hub-1"`, `"Hub 1"`, `"gate-2"`, `"gate-1"`, "platform_key", "platfrom_key",
		"01932f00-0000-7000-8000-0000000000a1", "here", "tcp://127.0.0.1:1883", "mqtt://cloud").Replace(goodConfig)
	err := config.Decode([]byte(`secret_at_rest = "paper"`+"\n"+`mqtt_listen = "0.0.0.0:1884"`+"\n"+bad), hub.Defaults())
	require.Error(t, err)
	for _, what := range []string{"platfrom_key: no such key", "id: ", "venue: ", `gates: "gate-1" is there twice`, "platform_key: ",
		"secret_at_rest: ", "mqtt_listen: 0.0.0.0:1884 leaves this machine", "cloud.mqtt: "} {
		assert.Contains(t, err.Error(), what)
	}
}

func TestPlainLinksStayOnThisMachine(t *testing.T) {
	for why, row := range map[string]struct{ from, to string }{
		"an open broker":  {"id =", "mqtt_listen = \":1884\"\nid ="},
		"open pages":      {"id =", "http_listen = \"192.168.1.5:80\"\nid ="},
		"a distant cloud": {"tcp://127.0.0.1:1883", "tcp://cloud.example:1883"},
		"distant blobs":   {"http://127.0.0.1:8080", "http://203.0.113.9:8080"},
	} {
		text := strings.Replace(goodConfig, row.from, row.to, 1)
		assert.ErrorContains(t, config.Decode([]byte(text), hub.Defaults()), "leaves this machine unencrypted", why)
	}
}

func TestWithoutThatWordEveryLinkIsEncrypted(t *testing.T) {
	secure := strings.NewReplacer("insecure = true", `mqtt_listen = "0.0.0.0:8883"`, `gates = ["gate-1", "gate-2"]`, `gates_listen = "0.0.0.0:8444"`,
		"tcp://127.0.0.1:1883", "mqtts://cloud.example:8883", "http://127.0.0.1:8080", "https://cloud.example:8443",
		`token_file = "/etc/portaria/token"`, "").Replace(goodConfig)
	require.NoError(t, config.Decode([]byte(secure), hub.Defaults()))
	for why, row := range map[string]struct{ from, to, says string }{
		"open pages":              {"id =", "http_listen = \"192.168.1.5:80\"\nid =", "leaves this machine unencrypted"},
		"a plain broker":          {"mqtts://", "tcp://", "is not like mqtts://"},
		"plain blobs":             {"https://", "http://", "is not like https://"},
		"gates that did not join": {"id =", "gates = [\"gate-1\"]\nid =", "hub enrol add"},
	} {
		assert.ErrorContains(t, config.Decode([]byte(strings.Replace(secure, row.from, row.to, 1)), hub.Defaults()), row.says, why)
	}
}

func TestInsecureIsSaidAtEveryStart(t *testing.T) {
	w := newWorld(t)
	cfg := *w.cfg
	cfg.StateDir, cfg.MQTTListen, cfg.HTTPListen, cfg.Insecure, cfg.Announce = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", true, false
	cfg.Cloud = hub.CloudConfig{}
	logs := &safeBuffer{}
	for range 2 {
		h, err := hub.Start(t.Context(), &cfg, slog.New(slog.NewTextHandler(logs, nil)))
		require.NoError(t, err)
		require.NoError(t, h.Close())
	}
	assert.Equal(t, 2, strings.Count(logs.String(), "INSECURE"))
}

func TestAMissingTokenSaysWhichFile(t *testing.T) {
	w := newWorld(t)
	cfg := *w.cfg
	cfg.StateDir, cfg.MQTTListen, cfg.HTTPListen = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"
	cfg.Cloud.TokenFile = filepath.Join(t.TempDir(), "nowhere")
	_, err := hub.Start(t.Context(), &cfg, slog.New(slog.DiscardHandler))
	assert.ErrorContains(t, err, cfg.Cloud.TokenFile)
	require.NoError(t, os.WriteFile(cfg.Cloud.TokenFile, []byte(" \n"), 0o600))
	_, err = hub.Start(t.Context(), &cfg, slog.New(slog.DiscardHandler))
	assert.ErrorContains(t, err, "holds no token")
}

func TestTheGuideKnowsEveryKey(t *testing.T) {
	raw, err := os.ReadFile("../docs/hub.md")
	require.NoError(t, err)
	var keys []string
	var collect func(prefix string, of reflect.Type)
	collect = func(prefix string, of reflect.Type) {
		for i := range of.NumField() {
			name := prefix + of.Field(i).Tag.Get("toml")
			if of.Field(i).Type.Kind() == reflect.Struct {
				collect(name+".", of.Field(i).Type)
				continue
			}
			keys = append(keys, name)
		}
	}
	collect("", reflect.TypeOf(hub.Config{}))
	for _, key := range keys {
		assert.Contains(t, string(raw), "| `"+key+"` |")
	}
	assert.Equal(t, len(keys), strings.Count(strings.SplitN(string(raw), "## Looking", 2)[0], "\n| `"), "no key is left over")
	defaults := hub.Defaults()
	for _, value := range []string{defaults.MQTTListen, defaults.GatesListen, defaults.HTTPListen, defaults.SecretAtRest} {
		assert.Contains(t, string(raw), "`"+value+"`")
	}
}
