package cloud

import (
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
	MQTTListen        string       `toml:"mqtt_listen"`         // host:port for hubs
	PlatformTokenFile string       `toml:"platform_token_file"` // empty = state_dir/platform.token, made at the first start
	Insecure          bool         `toml:"insecure"`            // allow plain links beyond this machine
	Development       bool         `toml:"development"`         // serve the page of components
	MQTT              MQTT         `toml:"mqtt"`
	Mail              Mail         `toml:"mail"`
	API               API          `toml:"api"`
	TestPayments      TestPayments `toml:"test_payments"`
}

// MQTT is an MQTT broker that runs outside this program, in place of the one on mqtt_listen.
type MQTT struct {
	Broker       string `toml:"broker"`        // tcp://host:port; of a cluster several, separated by commas; empty = none
	User         string `toml:"user"`          // this cloud's name there, and its MQTT client id
	PasswordFile string `toml:"password_file"` // empty = no password
}

// account reads the password.
func (m MQTT) account() (broker.Account, error) {
	account := broker.Account{URL: m.Broker, User: m.User}
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
	return &Config{
		HTTPListen: "127.0.0.1:8080", MQTTListen: "127.0.0.1:1883", API: API{KeyPerMinute: 60_000, AddressPerMinute: 600},
	}
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
	for key, address := range map[string]string{"public_url": c.PublicURL, "test_payments.url": c.TestPayments.URL} {
		faults = append(faults, checkURL(key, address))
	}
	return errors.Join(faults...)
}

type link struct{ key, address string }

func (c *Config) links() []link {
	links := []link{{"http_listen", c.HTTPListen}}
	if c.MQTT.Broker == "" {
		links = append(links, link{"mqtt_listen", c.MQTTListen})
	}
	urls, _ := session.ParseURLs(c.MQTT.Broker) // what can't be read is a fault of its own
	for _, text := range urls {
		links = append(links, link{"mqtt.broker", strings.TrimPrefix(text, "tcp://")})
	}
	if c.TestPayments.Listen != "" {
		links = append(links, link{"test_payments.listen", c.TestPayments.Listen})
	}
	return links
}

// checkLink refuses plain links that leave this machine, unless that is what somebody wants.
func (c *Config) checkLink(key, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s: %q is not like host:port", key, address)
	}
	if !c.Insecure && !loopback(host) {
		return fmt.Errorf("%s: %s can be reached from other machines unencrypted; use a loopback address behind a "+
			"proxy, or set insecure = true if the network is yours alone", key, address)
	}
	return nil
}

// plain names the links that leave this machine.
func (c *Config) plain() (out []string) {
	for _, link := range c.links() {
		if host, _, err := net.SplitHostPort(link.address); err == nil && !loopback(host) {
			out = append(out, link.key+" "+link.address)
		}
	}
	return out
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
