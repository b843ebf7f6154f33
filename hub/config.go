package hub

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// Config is a hub's configuration file.
type Config struct {
	ID           string      `toml:"id"`             // short name, as the cloud knows it
	Venue        string      `toml:"venue"`          // UUID
	Organizer    string      `toml:"organizer"`      // UUID of the venue's owner
	PlatformKey  string      `toml:"platform_key"`   // the cloud's public key, 64 hex digits or base64
	StateDir     string      `toml:"state_dir"`      // journal, lists, blobs
	MQTTListen   string      `toml:"mqtt_listen"`    // host:port for gates
	HTTPListen   string      `toml:"http_listen"`    // host:port for gates' blobs, /status and /metrics
	Gates        []string    `toml:"gates"`          // names of the gates that may connect
	Observers    []string    `toml:"observers"`      // names of MQTT clients that may read everything and publish nothing
	SecretAtRest string      `toml:"secret_at_rest"` // "memory" or "disk"
	Announce     bool        `toml:"announce"`       // by mDNS
	Insecure     bool        `toml:"insecure"`       // allow plain links beyond this machine
	Cloud        CloudConfig `toml:"cloud"`
}

// CloudConfig says where the cloud is. All empty = a hub with no cloud.
type CloudConfig struct {
	MQTT         string `toml:"mqtt"`               // tcp://host:port; of a cluster several, separated by commas
	PasswordFile string `toml:"mqtt_password_file"` // for a broker that asks; the user is the hub's id
	HTTP         string `toml:"http"`               // http://host:port
	TokenFile    string `toml:"token_file"`         // file with the token that came with the hub
}

// Defaults is the configuration that a file adds to.
func Defaults() *Config {
	return &Config{MQTTListen: "127.0.0.1:1884", HTTPListen: "127.0.0.1:8081", SecretAtRest: "memory", Announce: true}
}

// Validate tells every fault at once.
func (c *Config) Validate() error {
	faults := []error{c.validateNames(), c.validateKey(), c.validateLinks()}
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

// validateLinks refuses plain links that leave this machine, unless that is what somebody wants.
func (c *Config) validateLinks() error {
	faults := []error{c.local("mqtt_listen", c.MQTTListen), c.local("http_listen", c.HTTPListen)}
	if c.Cloud == (CloudConfig{}) {
		return errors.Join(faults...)
	}
	for _, address := range strings.Split(c.Cloud.MQTT, ",") {
		faults = append(faults, c.remote("cloud.mqtt", strings.TrimSpace(address), "tcp"))
	}
	faults = append(faults, c.remote("cloud.http", c.Cloud.HTTP, "http"))
	if c.Cloud.TokenFile == "" {
		faults = append(faults, errors.New("cloud.token_file: set the file with the token that came with the hub"))
	}
	return errors.Join(faults...)
}

func (c *Config) remote(key, address, scheme string) error {
	where, err := url.Parse(address)
	if err != nil || where.Scheme != scheme || where.Port() == "" || strings.Trim(where.Path, "/") != "" {
		return fmt.Errorf("%s: %q is not like %s://host:port", key, address, scheme)
	}
	return c.local(key, where.Host)
}

func (c *Config) local(key, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %q is not like host:port", key, address)
	}
	if !c.Insecure && !loopback(host) {
		return fmt.Errorf("%s: %s leaves this machine unencrypted; use a loopback address, or set insecure = true if the network is yours alone",
			key, address)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// plain names the addresses that leave this machine.
func (c *Config) plain() (out []string) {
	strict := *c
	strict.Insecure = false
	for key, address := range map[string]string{"mqtt_listen": c.MQTTListen, "http_listen": c.HTTPListen} {
		if strict.local(key, address) != nil {
			out = append(out, key+" "+address)
		}
	}
	for _, address := range append(strings.Split(c.Cloud.MQTT, ","), c.Cloud.HTTP) {
		if where, err := url.Parse(strings.TrimSpace(address)); err == nil && address != "" && !loopback(where.Hostname()) {
			out = append(out, "cloud "+address)
		}
	}
	return out
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
