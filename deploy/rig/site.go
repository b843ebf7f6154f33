package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Place is where a program serves, host:port each.
type Place struct {
	HTTP string
	MQTT string
	Door string // HTTPS at which machines below join and fetch; only where Site.Secure
}

// Site is where everything of one venue is, and whose signatures its machines believe. Every program keeps its state in
// a folder of its name below Dir.
type Site struct {
	Dir         string
	Secure      bool // machines join with codes and speak TLS; else every link is plain
	Cloud       Place
	Payments    string // of the acquirer of play money; empty = none
	HubName     string
	Hub         Place
	HubSees     Place // the cloud as the hub reaches it; zero = Cloud
	Gates       []Gate
	Observers   []string // MQTT clients that may read all of the venue's messages
	PlatformKey string   // 64 hex digits
	Organizer   string
	Venue       string
}

// Gate is a machine with one lane.
type Gate struct {
	Name       string
	Checkpoint string
	Panel      string // host:port
	Sees       Place  // the hub as this gate reaches it; zero = Site.Hub
	PassMillis int    // somebody passes by themselves so long after the relay; 0 = only when asked to
}

// State is where a program keeps its state.
func (s *Site) State(program string) string { return filepath.Join(s.Dir, program) }

// CloudConfig is the cloud's TOML file.
func (s *Site) CloudConfig(database string) string {
	text := fmt.Sprintf("database = %q\nstate_dir = %q\nhttp_listen = %q\nmqtt_listen = %q\n",
		database, s.State("cloud"), s.Cloud.HTTP, s.Cloud.MQTT)
	if s.Secure {
		text += fmt.Sprintf("hubs_listen = %q\n", s.Cloud.Door)
	} else {
		text += "insecure = true\n"
	}
	if s.Payments != "" {
		text += fmt.Sprintf("[test_payments]\nlisten = %q\n", s.Payments)
	}
	return text
}

// CloudWord reads a small file of the cloud's state folder: platform.token, platform.pub.
func (s *Site) CloudWord(name string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(s.State("cloud"), name))
	return strings.TrimSpace(string(raw)), err
}

// HubConfig is the hub's TOML file.
func (s *Site) HubConfig() string {
	sees := s.HubSees
	if sees == (Place{}) {
		sees = s.Cloud
	}
	if s.Secure {
		return fmt.Sprintf("state_dir = %q\nmqtt_listen = %q\ngates_listen = %q\nhttp_listen = %q\nannounce = false\n"+
			"[cloud]\nmqtt = \"mqtts://%s\"\nhttp = \"https://%s\"\n",
			s.State("hub"), s.Hub.MQTT, s.Hub.Door, s.Hub.HTTP, sees.MQTT, sees.Door)
	}
	var gates []string
	for _, g := range s.Gates {
		gates = append(gates, g.Name)
	}
	return fmt.Sprintf(`insecure = true
id = %q
venue = %q
organizer = %q
platform_key = %q
state_dir = %q
mqtt_listen = %q
http_listen = %q
gates = [%s]
observers = [%s]
announce = false
[cloud]
mqtt = "tcp://%s"
http = "http://%s"
token_file = %q
`, s.HubName, s.Venue, s.Organizer, s.PlatformKey, s.State("hub"), s.Hub.MQTT, s.Hub.HTTP, quoted(gates), quoted(s.Observers),
		sees.MQTT, sees.HTTP, s.TokenFile())
}

func quoted(names []string) string {
	var out []string
	for _, name := range names {
		out = append(out, fmt.Sprintf("%q", name))
	}
	return strings.Join(out, ", ")
}

// TokenFile is where the hub finds what the cloud gave it.
func (s *Site) TokenFile() string { return filepath.Join(s.Dir, "hub.token") }

// GateConfig is a gate's TOML file.
func (s *Site) GateConfig(g Gate) string {
	sees := g.Sees
	if sees == (Place{}) {
		sees = s.Hub
	}
	who := fmt.Sprintf("insecure = true\ngate = %q\nvenue = %q\norganizer = %q\nplatform_key = %q\n", g.Name, s.Venue, s.Organizer, s.PlatformKey)
	hub, checkpoint := fmt.Sprintf("mqtt = \"tcp://%s\"\nhttp = \"http://%s\"", sees.MQTT, sees.HTTP), fmt.Sprintf("checkpoint = %q", g.Checkpoint)
	if s.Secure { // it is told when it joins
		who, checkpoint = "", ""
		hub = fmt.Sprintf("mqtt = \"mqtts://%s\"\nhttp = \"https://%s\"", sees.MQTT, sees.Door)
	}
	return fmt.Sprintf(`%sstate_dir = %q
[hub]
%s
[panel]
listen = %q
[board]
kind = "simulated"
passage_millis = %d
[[lane]]
number = 1
%s
scanner = %q
profile = "generic-serial"
`, who, s.State(g.Name), hub, g.Panel, g.PassMillis, checkpoint, s.Scanner(g))
}

// Scanner is the port that a gate's scanner is plugged into.
func (s *Site) Scanner(g Gate) string { return filepath.Join(s.Dir, g.Name+"-scanner") }

// Launch writes a program's configuration and starts it, its binary from the folder bin. Verb is its subcommand, or
// empty.
func (s *Site) Launch(bin, binary, name, verb, config string) (*Program, error) {
	path, err := Find(bin, binary)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(s.Dir, name+".toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration of %s: %w", name, err)
	}
	p := &Program{Name: name, Binary: path, Args: []string{"--config", file}, Log: filepath.Join(s.Dir, name+".log")}
	if verb != "" {
		p.Args = append([]string{verb}, p.Args...)
	}
	return p, p.Start()
}
