package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"portaria/deploy/vm/machine"
)

type hardware struct {
	Arch []string `default:"arm64,amd64" help:"Machines to try: arm64 has GPIO lines, amd64 has none."`
}

// devices are the drivers of what is plugged in, and of what plugs it in.
var devices = []string{"configfs", "evdev", "uinput", "hid-generic", "usbhid", "cdc-acm", "dummy_hcd", "libcomposite", "usb_f_hid", "usb_f_acm",
	"vivid", "virtio_pci", "virtio_rng"}

// looped is a virtual camera whose only input is what its only output shows.
var looped = map[string]string{"vivid": "n_devs=1 node_types=0x101 num_inputs=1 input_types=0x2 num_outputs=1 output_types=0x0"}

// Run prints one line for each machine.
func (h hardware) Run(ctx context.Context) error {
	var faults []error
	for _, arch := range h.Arch {
		line, err := try(ctx, arch)
		if err != nil {
			err = fmt.Errorf("%s: %w", arch, err)
		}
		fmt.Printf("hw %s: %s\n", arch, line)
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

func try(ctx context.Context, arch string) (string, error) {
	w, err := newWorkshop(ctx, "hw-"+arch, arch, "")
	if err != nil {
		return "", err
	}
	initial, err := w.image(looped, devices...)
	if err != nil {
		return "", err
	}
	cfg := w.config(initial, "TestVMHardware", nil)
	cfg.Monitor = w.path("monitor")
	if arch == "arm64" {
		cfg.Env["GPIO"], cfg.Traces = "1", []string{"pl061_set_output"}
	}
	ctx, cancel := context.WithTimeout(ctx, slow)
	defer cancel()
	m, err := machine.Start(ctx, cfg)
	if err != nil {
		return "", err
	}
	seen := &evening{machine: m}
	for line := range m.Lines {
		seen.hear(line)
	}
	if err := errors.Join(m.Wait(), seen.fault(arch)); err != nil {
		return seen.String(), fmt.Errorf("%w; the machine's words are in %s", err, cfg.Log)
	}
	return seen.String(), nil
}

// evening is what happened in a machine.
type evening struct {
	machine *machine.Machine
	counts  string
	pulses  int // of the serial lane's relay, as the machine's own line moved
	presses int // of the passage contact
	peace   bool
	faults  []error
}

func (e *evening) hear(line string) {
	if trace := relayTrace.FindStringSubmatch(line); trace != nil && strings.HasPrefix(line, machine.TraceMark) && trace[1] == "0" {
		e.pulses++
		return
	}
	text, ours := strings.CutPrefix(line, "@@ ")
	word, rest, _ := strings.Cut(text, " ")
	switch {
	case !ours:
		if !strings.HasPrefix(line, "edge: ") && (strings.Contains(line, "FAIL") || strings.Contains(line, "Error")) {
			fmt.Println(" ", line)
		}
	case word == "press":
		e.presses++
		if err := e.machine.Order("system_powerdown"); err != nil {
			e.faults = append(e.faults, err)
		}
	case word == "counts":
		e.counts = rest
	case word == "exit":
		e.peace = rest == "0"
	case word == "trouble":
		e.faults = append(e.faults, errors.New(rest))
	}
}

// fault says what did not happen as it should.
func (e *evening) fault(arch string) error {
	if !e.peace || e.counts == "" {
		e.faults = append(e.faults, errors.New("the test in the machine failed"))
	}
	if arch == "arm64" && (e.presses == 0 || e.pulses != e.presses) {
		e.faults = append(e.faults, fmt.Errorf("the relay moved %d times for %d people", e.pulses, e.presses))
	}
	return errors.Join(e.faults...)
}

func (e *evening) String() string {
	return fmt.Sprintf("%s relay_pulses=%d passages=%d", e.counts, e.pulses, e.presses)
}
