package cloud

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"portaria/cloud/internal/broker"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

// Config is what an operator decides: the file cloud.toml.
type Config struct {
	Database          string       `toml:"database"`            // postgres://user:password@host/name
	DatabaseOwner     string       `toml:"database_owner"`      // who migrates it; empty = database
	StateDir          string       `toml:"state_dir"`           // keys of the platform; back it up apart from the database
	HTTPListen        string       `toml:"http_listen"`         // host:port of pages and API
	PublicURL         string       `toml:"public_url"`          // as buyers reach the pages; empty = http://<http_listen>
	MQTTListen        string       `toml:"mqtt_listen"`         // host:port for hubs, MQTT over TLS
	HubsListen        string       `toml:"hubs_listen"`         // host:port for hubs, HTTPS: joining, blobs, secrets
	HubsHost          string       `toml:"hubs_host"`           // name or address by which hubs reach both; empty = that of public_url, or hubs_listen
	PlatformTokenFile string       `toml:"platform_token_file"` // empty = state_dir/platform.token, made at the first start
	Insecure          bool         `toml:"insecure"`            // plain links to hubs, all on this machine: for trying things out
	Development       bool         `toml:"development"`         // serve the page of components
	MQTT              MQTT         `toml:"mqtt"`
	Mail              Mail         `toml:"mail"`
	API               API          `toml:"api"`
	TestPayments      TestPayments `toml:"test_payments"`
}

// MQTT is an MQTT broker that runs outside this program, in place of the one on mqtt_listen.
type MQTT struct {
	Broker       string `toml:"broker"`        // mqtts://host:port, or tcp:// on this machine; of a cluster several, separated by commas; empty = none
	CAFile       string `toml:"ca_file"`       // PEM file with the CAs of a broker behind mqtts
	User         string `toml:"user"`          // this cloud's name there, and its MQTT client id
	PasswordFile string `toml:"password_file"` // empty = no password
}

// account reads the password.
func (m MQTT) account() (broker.Account, error) {
	account := broker.Account{URL: m.Broker, User: m.User}
	if session.Encrypted(m.Broker) {
		var err error
		if account.Dial, err = m.dial(); err != nil {
			return account, err
		}
	}
	if m.PasswordFile == "" {
		return account, nil
	}
	raw, err := os.ReadFile(m.PasswordFile)
	if err != nil {
		return account, fmt.Errorf("mqtt.password_file: %w", err)
	}
	if account.Password = strings.TrimSpace(string(raw)); account.Password == "" {
		return account, fmt.Errorf("mqtt.password_file: %s holds no password", m.PasswordFile)
	}
	return account, nil
}

// dial checks a broker behind TLS by its name and its CAs, or those of this system.
func (m MQTT) dial() (func(context.Context, string) (net.Conn, error), error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.CAFile != "" {
		raw, err := os.ReadFile(m.CAFile)
		if err != nil {
			return nil, fmt.Errorf("mqtt.ca_file: %w", err)
		}
		if cfg.RootCAs = x509.NewCertPool(); !cfg.RootCAs.AppendCertsFromPEM(raw) {
			return nil, fmt.Errorf("mqtt.ca_file: %s holds no certificates", m.CAFile)
		}
	}
	return session.TLS(cfg), nil
}

func (m MQTT) check() error {
	if m.Broker == "" {
		if m != (MQTT{}) {
			return errors.New("mqtt.broker: set the address of the broker that mqtt.user is for")
		}
		return nil
	}
	var faults []error
	if _, err := session.ParseURLs(m.Broker); err != nil {
		faults = append(faults, fmt.Errorf("mqtt.broker: %w", err))
	}
	if m.User != "" {
		if err := wire.CheckName(m.User); err != nil {
			faults = append(faults, fmt.Errorf("mqtt.user: %w", err))
		}
	} else if m.PasswordFile != "" {
		faults = append(faults, errors.New("mqtt.user: set the user whose password mqtt.password_file holds"))
	}
	return errors.Join(faults...)
}

// TestPayments runs an acquirer of play money beside the cloud. Never set it where real tickets are sold.
type TestPayments struct {
	Listen string `toml:"listen"` // host:port of its page; empty = none
	URL    string `toml:"url"`    // as buyers reach it; empty = http://<listen>
}

// API is how fast the API may be asked, by each key, and by each address that sends none: requests a minute; 0 = as
// fast as they like.
type API struct {
	KeyPerMinute     int `toml:"key_per_minute"`
	AddressPerMinute int `toml:"address_per_minute"`
}

// Defaults is the configuration that a file adds to.
func Defaults() *Config {
	return &Config{HTTPListen: "127.0.0.1:8080", MQTTListen: "127.0.0.1:1883", HubsListen: "127.0.0.1:8443",
		API: API{KeyPerMinute: 60_000, AddressPerMinute: 600}}
}

// Validate tells every fault at once.
func (c *Config) Validate() error {
	var faults []error
	if c.Database == "" {
		faults = append(faults, errors.New("database: set the address of PostgreSQL, such as postgres:///portaria"))
	}
	if c.StateDir == "" {
		faults = append(faults, errors.New("state_dir: set the directory where the cloud keeps its keys"))
	}
	faults = append(faults, c.MQTT.check(), c.Mail.check())
	for _, link := range c.links() {
		faults = append(faults, c.checkLink(link.key, link.address))
	}
	faults = append(faults, c.checkHubs()...)
	for key, address := range map[string]string{"public_url": c.PublicURL, "test_payments.url": c.TestPayments.URL} {
		faults = append(faults, checkURL(key, address))
	}
	return errors.Join(faults...)
}

type link struct{ key, address string }

// links are the plain ones.
func (c *Config) links() []link {
	links := []link{{"http_listen", c.HTTPListen}}
	if c.MQTT.Broker == "" && c.Insecure {
		links = append(links, link{"mqtt_listen", c.MQTTListen})
	}
	urls, _ := session.ParseURLs(c.MQTT.Broker) // what can't be read is a fault of its own
	for _, text := range urls {
		if address, plain := strings.CutPrefix(text, "tcp://"); plain {
			links = append(links, link{"mqtt.broker", address})
		}
	}
	if c.TestPayments.Listen != "" {
		links = append(links, link{"test_payments.listen", c.TestPayments.Listen})
	}
	return links
}

// checkLink refuses plain links that leave this machine.
func (c *Config) checkLink(key, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %q is not like host:port", key, address)
	}
	if !loopback(host) {
		return fmt.Errorf("%s: %s can be reached from other machines unencrypted; use a loopback address (pages: behind a "+
			"proxy that speaks HTTPS)", key, address)
	}
	return nil
}

// checkHubs looks at the links that are encrypted.
func (c *Config) checkHubs() (faults []error) {
	if c.Insecure {
		return nil
	}
	for key, address := range map[string]string{"hubs_listen": c.HubsListen, "mqtt_listen": c.MQTTListen} {
		if _, _, err := net.SplitHostPort(address); err != nil {
			faults = append(faults, fmt.Errorf("%s: %q is not like host:port", key, address))
		}
	}
	host := net.ParseIP(c.hubHost())
	if c.hubHost() == "" || host != nil && host.IsUnspecified() {
		faults = append(faults, errors.New("hubs_host: set the name or address by which hubs reach this cloud"))
	}
	return faults
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func checkURL(key, address string) error {
	if address == "" {
		return nil
	}
	where, err := url.Parse(address)
	if err != nil || (where.Scheme != "http" && where.Scheme != "https") || where.Host == "" || where.User != nil ||
		strings.Trim(where.Path, "/") != "" || where.RawQuery != "" {
		return fmt.Errorf("%s: %q is not like https://tickets.example.org", key, address)
	}
	return nil
}

// owner is the address by which the database is migrated.
func (c *Config) owner() string {
	if c.DatabaseOwner != "" {
		return c.DatabaseOwner
	}
	return c.Database
}
