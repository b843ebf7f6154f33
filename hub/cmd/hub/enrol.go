package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portaria/config"
	"portaria/hub"
	"portaria/identity"
	"portaria/identity/join"
)

const enrolHelp = `hub enrol: who belongs to the hub that runs on this machine.
  hub enrol list                              who is on the roll, whose code is open, who waits for a yes
  hub enrol add GATE [-lane 1=CHECKPOINT]…    make a code for a new gate
  hub enrol replace GATE                      make a code for another machine in its place: same lanes, new keys
  hub enrol approve GATE WORD WORD WORD WORD  let in the gate that shows these words
  hub enrol refuse GATE                       send away the gate that waits
  hub enrol remove NAME [-stolen]             throw out a gate or an observer; it is cut off at once
                                              -stolen: the cloud changes the secrets that it knew, too
  hub enrol observer NAME -out DIR            make the certificate of an MQTT client that may only read
Each takes -config hub.toml, and -json for programs`

// enrol is the command for people at the hub.
func enrol(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New(enrolHelp)
	}
	c := &enrolment{out: out}
	flags := flag.NewFlagSet("hub enrol "+args[0], flag.ContinueOnError)
	path := flags.String("config", "hub.toml", "configuration file")
	flags.BoolVar(&c.json, "json", false, "answer in JSON")
	flags.BoolVar(&c.stolen, "stolen", false, "somebody has the machine that is removed")
	flags.StringVar(&c.dir, "out", ".", "folder for an observer's files")
	flags.Func("lane", "1=CHECKPOINT, or 2=CHECKPOINT:exit", c.addLane)
	rest, err := parseAnywhere(flags, args[1:])
	if err != nil {
		return err
	}
	cfg := &hub.Joining{}
	if err := config.Load(*path, cfg); err != nil {
		return err
	}
	c.hub = hub.AtCounter(cfg.StateDir)
	return c.do(ctx, args[0], rest)
}

// parseAnywhere lets flags stand before and behind names.
func parseAnywhere(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	return rest, nil
}

type enrolment struct {
	hub    *hub.Counter
	out    io.Writer
	json   bool
	stolen bool
	dir    string
	lanes  []join.Lane
}

func (c *enrolment) addLane(text string) error {
	lane, err := hub.ParseLane(text)
	c.lanes = append(c.lanes, lane)
	return err
}

func (c *enrolment) do(ctx context.Context, verb string, names []string) error {
	want := map[string]int{"list": 0, "add": 1, "replace": 1, "approve": 5, "refuse": 1, "remove": 1, "observer": 1}
	if n, known := want[verb]; !known || len(names) != n {
		return errors.New(enrolHelp)
	}
	switch verb {
	case "list":
		return c.list(ctx)
	case "add", "replace":
		return c.invite(ctx, hub.Order{Name: names[0], Lanes: c.lanes, Replace: verb == "replace"})
	case "approve":
		return c.hub.Approve(ctx, names[0], [4]string(names[1:]))
	case "refuse":
		return c.hub.Refuse(ctx, names[0])
	case "remove":
		return c.hub.Remove(ctx, names[0], c.stolen)
	}
	return c.observer(ctx, names[0])
}

func (c *enrolment) list(ctx context.Context) error {
	all, err := c.hub.Enrolled(ctx)
	if err != nil || c.json {
		return errors.Join(err, json.NewEncoder(c.out).Encode(all))
	}
	for _, m := range all.Members {
		state := "until " + m.Expires.Local().Format(time.DateTime)
		if m.Removed != nil {
			state = "removed " + m.Removed.Local().Format(time.DateTime)
			if slices.Contains(m.Stolen, m.Key) {
				state += ", stolen"
			}
		}
		fmt.Fprintf(c.out, "%-10s %-32s %s\n", m.Role, m.Name, state)
	}
	for _, i := range all.Invitations {
		fmt.Fprintf(c.out, "%-10s %-32s code %s until %s\n", "invited", i.Name, i.Typed, i.Expires.Local().Format(time.TimeOnly))
	}
	for _, w := range all.Waiting {
		words := strings.Join(w.Words[:], " ")
		fmt.Fprintf(c.out, "%-10s %-32s from %s; if the gate shows %q: hub enrol approve %s %s\n", "waits", w.Name, w.From, words, w.Name, words)
	}
	return nil
}

func (c *enrolment) invite(ctx context.Context, order hub.Order) error {
	i, err := c.hub.Invite(ctx, order)
	if err != nil {
		return err
	}
	if c.json {
		return json.NewEncoder(c.out).Encode(i)
	}
	picture, err := drawQR(i.Code)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s\nHold this under the scanner of the new gate, or type at it:\n\n    edge enrol %s\n\nThe code works once, until %s. Then: hub enrol list\n",
		picture, i.Typed, i.Expires.Local().Format(time.TimeOnly))
	return nil
}

// observer writes the papers to files of their owner alone.
func (c *enrolment) observer(ctx context.Context, name string) error {
	papers, err := c.hub.Observer(ctx, name)
	if err != nil {
		return err
	}
	for file, raw := range map[string][]byte{name + ".crt": papers.Certificate, name + ".key": papers.Key, "roots.crt": papers.Roots} {
		if err := identity.Write(filepath.Join(c.dir, file), raw); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.out, "wrote %s.crt, %s.key and roots.crt to %s\n", name, name, c.dir)
	return err
}

// joinCloud gets the hub its identity.
func joinCloud(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("hub join", flag.ContinueOnError)
	path := flags.String("config", "hub.toml", "configuration file")
	rest, err := parseAnywhere(flags, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errors.New("hub join CODE [-config hub.toml]: the code is made in the cloud, for this hub")
	}
	cfg := &hub.Joining{}
	if err := config.Load(*path, cfg); err != nil {
		return err
	}
	settings, err := hub.Join(ctx, cfg, rest[0])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "this hub is %s of venue %s\n", settings.Name, settings.Venue)
	return err
}
