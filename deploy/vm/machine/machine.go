// Package machine starts a virtual machine with Debian's kernel and programs of ours, and hears what they print.
//
// It knows QEMU, initial RAM disks and kernel modules; it does not know what is tested inside.
package machine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Config describes a machine. Every processor is emulated: a test must not depend on what this computer may do.
type Config struct {
	Arch    string            // arm64 or amd64
	Linux   string            // the kernel
	Initial string            // the initial RAM disk
	Env     map[string]string // of the first program
	Memory  string            // "512M"
	Disk    string            // Unix socket of a network block device; empty = none
	Monitor string            // Unix socket to be made for QEMU's monitor; empty = none
	Traces  []string          // QEMU's trace events that Heard is to hear
	Log     string            // file for all that is printed
}

// Machine is one that runs.
type Machine struct {
	Lines chan string // what the programs inside print, and traces; closed at the end

	cfg  Config
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
	err  error
}

// TraceMark stands before a trace event among Lines.
const TraceMark = "trace: "

var kinds = map[string]struct {
	program string
	options []string
	console string
}{
	"arm64": {"qemu-system-aarch64", []string{"-M", "virt", "-cpu", "cortex-a72"}, "ttyAMA0"},
	"amd64": {"qemu-system-x86_64", []string{"-M", "q35", "-cpu", "max"}, "ttyS0"},
}

// Start starts a machine. It ends with ctx, by Kill, or by switching itself off.
func Start(ctx context.Context, cfg Config) (*Machine, error) {
	kind, known := kinds[cfg.Arch]
	if !known {
		return nil, fmt.Errorf("no kind of machine %q", cfg.Arch)
	}
	log, err := os.Create(cfg.Log)
	if err != nil {
		return nil, err
	}
	m := &Machine{cfg: cfg, Lines: make(chan string, 1000), log: log, done: make(chan struct{})}
	m.cmd = exec.CommandContext(ctx, kind.program, append(kind.options, cfg.options(kind.console)...)...)
	console, printed := m.cmd.StdoutPipe()
	traces, said := m.cmd.StderrPipe()
	if err := errors.Join(printed, said, m.cmd.Start()); err != nil {
		return nil, errors.Join(fmt.Errorf("start the virtual machine: %w", err), log.Close())
	}
	go m.hear(console, traces)
	return m, nil
}

func (c Config) options(console string) []string {
	command := "console=" + console + " quiet panic=-1 random.trust_cpu=on"
	for name, value := range c.Env {
		command += " " + name + "=" + value
	}
	options := []string{"-accel", "tcg", "-m", c.Memory, "-kernel", c.Linux, "-initrd", c.Initial, "-append", command, "-no-reboot",
		"-display", "none", "-nodefaults", "-serial", "stdio", "-device", "virtio-rng-pci"}
	if c.Disk != "" {
		options = append(options, "-drive", "if=none,id=disk,format=raw,cache=writeback,file=nbd:unix:"+c.Disk,
			"-device", "virtio-blk-pci,drive=disk")
	}
	if c.Monitor != "" {
		options = append(options, "-monitor", "unix:"+c.Monitor+",server=on,wait=off")
	}
	for _, trace := range c.Traces {
		options = append(options, "-trace", trace)
	}
	return options
}

// hear brings both of the machine's voices together until it ends.
func (m *Machine) hear(console, traces io.Reader) {
	var log sync.Mutex
	var both sync.WaitGroup
	listen := func(from io.Reader, mark string) {
		lines := bufio.NewScanner(from)
		lines.Buffer(make([]byte, 1<<16), 1<<20)
		for lines.Scan() {
			line := mark + strings.TrimRight(lines.Text(), "\r")
			log.Lock()
			fmt.Fprintf(m.log, "%s %s\n", time.Now().Format("15:04:05.000"), line)
			log.Unlock()
			m.Lines <- line
		}
	}
	both.Go(func() { listen(console, "") })
	both.Go(func() { listen(traces, TraceMark) })
	both.Wait()
	m.err = errors.Join(m.cmd.Wait(), m.log.Close())
	close(m.done)
	close(m.Lines)
}

// Kill is a power cut: the machine ends in the middle of an instruction. What it printed before still comes by Lines,
// which must be read until they are closed.
func (m *Machine) Kill() { _ = m.cmd.Process.Kill() }

// Wait waits for the end and says how it was. Lines must be read meanwhile.
func (m *Machine) Wait() error {
	<-m.done
	return m.err
}

// Order gives a line to QEMU's monitor.
func (m *Machine) Order(line string) error {
	conn, err := net.Dial("unix", m.cfg.Monitor)
	if err != nil {
		return fmt.Errorf("reach the monitor: %w", err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	const prompt = "(qemu) "
	in := bufio.NewReader(conn)
	for _, do := range []string{line + "\n", ""} {
		if err := until(in, prompt); err != nil {
			return fmt.Errorf("hear the monitor: %w", err)
		}
		if _, err := io.WriteString(conn, do); err != nil {
			return fmt.Errorf("tell the monitor: %w", err)
		}
	}
	return nil
}

func until(in *bufio.Reader, end string) error {
	var heard strings.Builder
	for !strings.HasSuffix(heard.String(), end) {
		b, err := in.ReadByte()
		if err != nil {
			return err
		}
		heard.WriteByte(b)
	}
	return nil
}
