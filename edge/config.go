package edge

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/wire"
	firmwareconfig "portaria/firmware-config"
	"portaria/identity/join"
	"portaria/identity/tpm"
)

// Config is a gate's configuration, decoded from TOML.
type Config struct {
	Gate         string         `toml:"gate"`           // its name: a-z, 0-9 and dashes, at most 32
	Venue        ticket.EventID `toml:"venue"`          // UUID
	Organizer    ticket.EventID `toml:"organizer"`      // UUID of the organizer that owns the venue
	StateDir     string         `toml:"state_dir"`      // for the journal and the lists
	PlatformKey  string         `toml:"platform_key"`   // Ed25519 public key: 64 hex digits or base64
	SecretAtRest string         `toml:"secret_at_rest"` // "memory" (default: a start needs the hub), "sealed" (by the TPM) or "disk"
	TPM          string         `toml:"tpm"`            // of "sealed": a device, or the socket of one in software; /dev/tpmrm0
	Insecure     bool           `toml:"insecure"`       // plain links, all on this machine: for trying things out

	Announce bool `toml:"announce"` // by mDNS, so that people at a hub see this gate

	Hub   Hub   `toml:"hub"`
	Panel Panel `toml:"panel"`

	Handhelds Handhelds `toml:"handhelds"`

	Board Board  `toml:"board"`
	Lanes []Lane `toml:"lane"`

	member *join.Member // who this gate is; nil = it has not joined a hub
}

// Hub is where the venue's hub is, where that must be said: a gate that has joined remembers, and asks the network.
type Hub struct {
	MQTT     string `toml:"mqtt"`     // mqtts://host:8883; insecure: tcp://127.0.0.1:1884
	HTTP     string `toml:"http"`     // https://host:8444; insecure: http://127.0.0.1:8081
	Discover bool   `toml:"discover"` // where both are set: ask the local network as well
}

// Board is what stands in where there is no device: the lanes whose output is simulated.
type Board struct {
	Kind          string `toml:"kind"`           // "simulated"
	PassageMillis int    `toml:"passage_millis"` // simulated: somebody passes so long after a pulse; 0 = only by POST
}

// Lane is one scanner with its output.
type Lane struct {
	Number     int    `toml:"number"`     // from 1
	Checkpoint string `toml:"checkpoint"` // id in the venue manifest
	Exit       bool   `toml:"exit"`       // its scans leave
	Scanner    string `toml:"scanner"`    // device, best under /dev/serial/by-id
	Profile    string `toml:"profile"`    // of package firmwareconfig; empty = generic-serial
	TokenFile  string `toml:"token_file"` // scanner = "network": the file with what the handheld shows
	Also       []Also `toml:"also"`       // more scanners for the same people
	Output     Output `toml:"output"`     // what it moves and watches; left out = a simulated turnstile
}

// Also is another scanner of a lane.
type Also struct {
	Scanner   string `toml:"scanner"`
	Profile   string `toml:"profile"`
	TokenFile string `toml:"token_file"`
}

// network is the scanner that is a handheld or a telephone.
const network = "network"

// scanners are a lane's, the first one first.
func (l Lane) scanners() []Also {
	return append([]Also{{Scanner: l.Scanner, Profile: l.Profile, TokenFile: l.TokenFile}}, l.Also...)
}

// At rest.
const (
	inMemory = "memory"
	bySeal   = "sealed"
	onDisk   = "disk"
)

// DefaultConfig is what a file may leave out.
func DefaultConfig() Config {
	return Config{StateDir: "/var/lib/portaria/edge", SecretAtRest: inMemory, TPM: tpm.Device, Announce: true, Panel: Panel{Listen: "127.0.0.1:8090"},
		Board: Board{Kind: "simulated", PassageMillis: 800}}
}

// Validate says everything that is wrong, at once. A gate that has not joined a hub yet needs little.
func (c *Config) Validate() error {
	faults := []error{c.adopt()}
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.StateDir == "" {
		fault("state_dir: give a directory for the journal and the lists")
	}
	if !slices.Contains([]string{inMemory, bySeal, onDisk}, c.SecretAtRest) {
		fault("secret_at_rest: %q is none of %q, %q and %q", c.SecretAtRest, inMemory, bySeal, onDisk)
	}
	if !c.fresh() {
		c.validateNames(fault)
	}
	faults = append(faults, c.Hub.validate(c.Insecure), c.Panel.validate(), c.Handhelds.validate(c.Lanes), c.Board.validate(), c.validateLanes(), checkShared(c.Lanes))
	return errors.Join(faults...)
}

func (c *Config) validateNames(fault func(string, ...any)) {
	if err := wire.CheckName(c.Gate); err != nil {
		fault("gate: %w", err)
	}
	if c.Venue == (ticket.EventID{}) {
		fault("venue: give the venue's id, a UUID")
	}
	if c.Organizer == (ticket.EventID{}) {
		fault("organizer: give the id of the organizer that owns the venue, a UUID")
	}
	if _, err := c.platformKey(); err != nil {
		fault("platform_key: %w", err)
	}
}

func (c *Config) platformKey() (ed25519.PublicKey, error) {
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString} {
		if key, err := decode(c.PlatformKey); err == nil && len(key) == ed25519.PublicKeySize {
			return key, nil
		}
	}
	return nil, fmt.Errorf("not an Ed25519 public key in 64 hex digits or base64; the cloud prints it when it starts")
}

func (h Hub) validate(insecure bool) error {
	switch {
	case h == (Hub{}), !insecure && h == (Hub{Discover: true}):
		return nil
	case insecure && h.Discover:
		return errors.New("hub.discover: a hub that is found is another machine, and insecure = true is for this one only")
	case insecure:
		return errors.Join(checkAddress("hub.mqtt", h.MQTT, "tcp"), checkAddress("hub.http", h.HTTP, "http"))
	}
	return errors.Join(checkAddress("hub.mqtt", h.MQTT, "mqtts"), checkAddress("hub.http", h.HTTP, "https"))
}

func checkAddress(key, address, scheme string) error {
	where, err := url.Parse(address)
	if err != nil || where.Scheme != scheme || where.Hostname() == "" || where.Port() == "" {
		return fmt.Errorf("%s: %q is not like %s://host:port", key, address, scheme)
	}
	if scheme == "mqtts" || scheme == "https" {
		return nil
	}
	return checkPlain(key, where.Hostname())
}

// checkPlain refuses plain traffic that leaves this machine.
func checkPlain(key, host string) error {
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s: %s is another machine, and this link is not encrypted; use a loopback address", key, host)
}

func (b Board) validate() error {
	var faults []error
	if b.Kind != "simulated" {
		faults = append(faults, fmt.Errorf("board.kind: %q is not \"simulated\", the only one here; a lane with a device says so in [lane.output]", b.Kind))
	}
	if b.PassageMillis < 0 || b.PassageMillis > 60_000 {
		faults = append(faults, fmt.Errorf("board.passage_millis: %d is not in 0..60000", b.PassageMillis))
	}
	return errors.Join(faults...)
}

func (c *Config) validateLanes() error {
	if len(c.Lanes) == 0 {
		return errors.New("lane: give at least one [[lane]]")
	}
	var faults []error
	var numbers []int
	var devices []string
	for i, l := range c.Lanes {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("lane[%d].%s", i, fmt.Sprintf(format, args...)))
		}
		if l.Number < 1 || l.Number > 99 || slices.Contains(numbers, l.Number) {
			fault("number: %d is not in 1..99, or another lane has it", l.Number)
		}
		if l.Checkpoint == "" && !c.fresh() {
			fault("checkpoint: give the id of a checkpoint, or say it at the hub when the gate joins")
		}
		for at, device := range l.scanners() {
			key := ""
			if at > 0 {
				key = fmt.Sprintf("also[%d].", at-1)
			}
			device.validate(&devices, func(format string, args ...any) { fault("%s%s", key, fmt.Sprintf(format, args...)) })
		}
		l.Output.validate(fault)
		numbers = append(numbers, l.Number)
	}
	return errors.Join(faults...)
}

// validate says what is wrong with a scanner; devices are those that others have.
func (a Also) validate(devices *[]string, fault func(format string, args ...any)) {
	if a.Scanner == network {
		if a.TokenFile == "" {
			fault("token_file: give the file with the token that the handheld shows")
		}
		return
	}
	if a.TokenFile != "" {
		fault("token_file: it is for scanner = %q", network)
	}
	if a.Scanner == "" || slices.Contains(*devices, a.Scanner) {
		fault("scanner: %q is no device of its own", a.Scanner)
	}
	if _, err := firmwareconfig.ScannerNamed(a.profile()); err != nil {
		fault("profile: %v", err)
	}
	*devices = append(*devices, a.Scanner)
}

func (a Also) profile() string {
	if a.Profile == "" {
		return "generic-serial"
	}
	return a.Profile
}

func (b Board) passage() time.Duration { return time.Duration(b.PassageMillis) * time.Millisecond }

// warnings are what a start must say aloud every time.
func (c *Config) warnings() []string {
	var said []string
	if c.Insecure {
		said = append(said, "insecure = true: messages and secrets travel in the clear, on this machine only")
	}
	if c.SecretAtRest == onDisk {
		said = append(said, "secret_at_rest = \"disk\": whoever takes the card can read the list's secrets")
	}
	if c.Hub == (Hub{}) && c.member == nil && !c.fresh() {
		said = append(said, "no hub is configured: this gate works alone, with the lists it holds")
	}
	return said
}

// checkStateDir makes the directory and says early, in words, that it cannot be used.
func checkStateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the state directory: %w", err)
	}
	return nil
}
