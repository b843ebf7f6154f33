package hub

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/identity/join"
)

// Config is a hub's configuration file.
type Config struct {
	ID           string      `toml:"id"`             // short name, as the cloud knows it
	Venue        string      `toml:"venue"`          // UUID
	Organizer    string      `toml:"organizer"`      // UUID of the venue's owner
	PlatformKey  string      `toml:"platform_key"`   // the cloud's public key, 64 hex digits or base64
	StateDir     string      `toml:"state_dir"`      // journal, lists, blobs
	MQTTListen   string      `toml:"mqtt_listen"`    // host:port for gates, MQTT over TLS
	GatesListen  string      `toml:"gates_listen"`   // host:port for gates, HTTPS: joining, lists' blobs and secrets
	HTTPListen   string      `toml:"http_listen"`    // host:port for /status and /metrics, on this machine
	PageListen   string      `toml:"page_listen"`    // host:port of the venue's page for browsers, HTTPS; empty = at http_listen only
	PageCertFile string      `toml:"page_cert_file"` // PEM of its certificate; empty = this hub's own
	PageKeyFile  string      `toml:"page_key_file"`
	Gates        []string    `toml:"gates"`          // insecure only: names of the gates that may connect
	Observers    []string    `toml:"observers"`      // insecure only: names of MQTT clients that may read everything
	SecretAtRest string      `toml:"secret_at_rest"` // "memory" or "disk"
	Announce     bool        `toml:"announce"`       // by mDNS
	Term         uint64      `toml:"term"`           // of this hub, where no cloud gives one: higher than the hub's before it
	Insecure     bool        `toml:"insecure"`       // plain links, all of them on this machine: for trying things out
	Cloud        CloudConfig `toml:"cloud"`
}

// CloudConfig says where the cloud is. All empty = a hub with no cloud.
type CloudConfig struct {
	MQTT         string `toml:"mqtt"`               // mqtts://host:port; of a cluster several, separated by commas
	CAFile       string `toml:"mqtt_ca_file"`       // CAs of a broker that is not the cloud's own; it is then checked by its name
	PasswordFile string `toml:"mqtt_password_file"` // for a broker that asks; the user is the hub's id
	HTTP         string `toml:"http"`               // https://host:port
	TokenFile    string `toml:"token_file"`         // insecure only: file with the token that came with the hub
}

// Defaults is the configuration that a file adds to.
func Defaults() *Config {
	return &Config{MQTTListen: "127.0.0.1:1884", GatesListen: "127.0.0.1:8444", HTTPListen: "127.0.0.1:8081", SecretAtRest: "memory", Announce: true}
}

// Validate tells every fault at once.
func (c *Config) Validate() error {
	faults := []error{c.adopt(), c.validateNames(), c.validateKey(), c.validateLinks(), c.validatePage()}
	if c.StateDir == "" {
		faults = append(faults, errors.New("state_dir: set the directory where the hub keeps its records"))
	}
	if c.SecretAtRest != "memory" && c.SecretAtRest != "disk" {
		faults = append(faults, fmt.Errorf(`secret_at_rest: %q is neither "memory" nor "disk"`, c.SecretAtRest))
	}
	return errors.Join(faults...)
}

func (c *Config) validateNames() error {
	var faults []error
	seen := map[string]bool{}
	name := func(key, name string) {
		if strings.HasPrefix(name, "phone-") {
			faults = append(faults, fmt.Errorf("%s: %s: names that begin with phone- are those of telephones", key, name))
		}
		if err := wire.CheckName(name); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", key, err))
		} else if seen[name] {
			faults = append(faults, fmt.Errorf("%s: %q is there twice; every client needs a name of its own", key, name))
		}
		seen[name] = true
	}
	name("id", c.ID)
	for _, gate := range c.Gates {
		name("gates", gate)
	}
	for _, observer := range c.Observers {
		name("observers", observer)
	}
	if _, err := ticket.ParseEventID(c.Venue); err != nil {
		faults = append(faults, fmt.Errorf("venue: %w", err))
	}
	if _, err := ticket.ParseEventID(c.Organizer); err != nil {
		faults = append(faults, fmt.Errorf("organizer: %w", err))
	}
	return errors.Join(faults...)
}

func (c *Config) validateKey() error {
	if _, err := c.platform(); err != nil {
		return fmt.Errorf("platform_key: %w", err)
	}
	return nil
}

func (c *Config) platform() (ed25519.PublicKey, error) {
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString} {
		if key, err := decode(c.PlatformKey); err == nil && len(key) == ed25519.PublicKeySize {
			return key, nil
		}
	}
	return nil, errors.New("it must be the cloud's public key, 64 hex digits or base64")
}

// adopt fills in what the hub was told when it joined its cloud. What the file says too must be the same.
func (c *Config) adopt() error {
	if c.Insecure || c.StateDir == "" {
		return nil
	}
	m, err := join.Load(c.identityDir(), time.Now())
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the start says what to do
	}
	if err != nil {
		return err
	}
	var faults []error
	for _, f := range []struct {
		key  string
		mine *string
		told string
	}{{"id", &c.ID, m.Settings.Name}, {"venue", &c.Venue, m.Settings.Venue}, {"organizer", &c.Organizer, m.Settings.Organizer}} {
		if *f.mine != "" && *f.mine != f.told {
			faults = append(faults, fmt.Errorf("%s: %q, but this hub has joined as %q: leave the key out, or join again", f.key, *f.mine, f.told))
		}
		*f.mine = f.told
	}
	if c.PlatformKey == "" {
		c.PlatformKey = hex.EncodeToString(m.Settings.PlatformKey)
	}
	return errors.Join(faults...)
}

func (c *Config) identityDir() string { return filepath.Join(c.StateDir, "identity") }

// validateLinks: what leaves this machine is encrypted, or does not leave it.
func (c *Config) validateLinks() error {
	faults := []error{c.listens("mqtt_listen", c.MQTTListen, c.Insecure), c.listens("http_listen", c.HTTPListen, true)}
	schemes := [2]string{"mqtts", "https"}
	if c.Insecure {
		schemes = [2]string{"tcp", "http"}
	} else {
		faults = append(faults, c.listens("gates_listen", c.GatesListen, false), c.validateSecure())
	}
	if c.Cloud.MQTT != "" || c.Insecure && c.Cloud != (CloudConfig{}) {
		for _, address := range strings.Split(c.Cloud.MQTT, ",") {
			faults = append(faults, c.remote("cloud.mqtt", strings.TrimSpace(address), schemes[0]))
		}
	}
	if c.Cloud.HTTP != "" || c.Insecure && c.Cloud != (CloudConfig{}) {
		faults = append(faults, c.remote("cloud.http", c.Cloud.HTTP, schemes[1]))
	}
	if c.Insecure && c.Cloud != (CloudConfig{}) && c.Cloud.TokenFile == "" {
		faults = append(faults, errors.New("cloud.token_file: set the file with the token that came with the hub"))
	}
	return errors.Join(faults...)
}

// validateSecure refuses keys that mean nothing where machines have certificates.
func (c *Config) validateSecure() error {
	if len(c.Gates)+len(c.Observers) > 0 || c.Cloud.TokenFile != "" {
		return errors.New("gates, observers, cloud.token_file: these are for insecure = true; otherwise machines join with a code " +
			"(hub join, hub enrol add, hub enrol observer)")
	}
	return nil
}

func (c *Config) remote(key, address, scheme string) error {
	where, err := url.Parse(address)
	if err != nil || where.Scheme != scheme || where.Port() == "" || strings.Trim(where.Path, "/") != "" {
		return fmt.Errorf("%s: %q is not like %s://host:port", key, address, scheme)
	}
	return c.listens(key, where.Host, c.Insecure)
}

// listens checks an address; a plain one must be of this machine.
func (c *Config) listens(key, address string, plain bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %q is not like host:port", key, address)
	}
	if plain && !loopback(host) {
		return fmt.Errorf("%s: %s leaves this machine unencrypted; use a loopback address", key, address)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// token reads the token file.
func (c *Config) token() (string, error) { return secretIn(c.Cloud.TokenFile, "token") }

// password reads the file with the password for the cloud's MQTT broker.
func (c *Config) password() (string, error) { return secretIn(c.Cloud.PasswordFile, "password") }

// secretIn reads a file of one line; no file, no secret.
func secretIn(path, what string) (string, error) {
	if path == "" {
		return "", nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the hub's %s: %w", what, err)
	}
	secret := strings.TrimSpace(string(raw))
	if secret == "" || len(secret) > 256 {
		return "", fmt.Errorf("read the hub's %s: %s holds no %s", what, path, what)
	}
	return secret, nil
}
