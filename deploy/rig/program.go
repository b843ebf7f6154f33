// Package rig runs Portaria's programs as an operator would: real processes with configuration files, logs and ports on
// loopback, a private PostgreSQL, virtual scanners, and a client of the public API. The demo and the long tests of the
// whole system stand on it. It knows how things are started, asked and ended; what happens then is the caller's story.
package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Limits of a program's start and end, on a computer that has time.
const (
	StartLimit = 30 * time.Second
	stopLimit  = 15 * time.Second
)

// Program is one of Portaria's own, as a process. Its methods may be called from several goroutines.
type Program struct {
	Name   string
	Binary string
	Args   []string
	Log    string // path of its log; what it says is added at the end

	mu     sync.Mutex // guards what follows, which is of the process that was started last
	cmd    *exec.Cmd
	exited chan struct{}
}

// Find names a binary that was built, or says how to build it.
func Find(dir, name string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return "", fmt.Errorf("%s is not built: run make build", path)
	}
	return path, nil
}

// Start runs the program, its output going to the end of its log. It ends with this process, whatever happens to that.
func (p *Program) Start() error {
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	defer log.Close()
	cmd := exec.Command(p.Binary, p.Args...)
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own, so that Ctrl-C reaches only the parent, which then stops everything in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	exited := make(chan struct{})
	if err := startAndWatch(cmd, exited); err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.exited = cmd, exited
	return nil
}

// startAndWatch keeps one thread for the child's whole life: its death would count as the parent's.
func startAndWatch(cmd *exec.Cmd, exited chan struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
			close(exited)
		}
	}()
	return <-started
}

// Exited is closed when the process that was started last has ended. Nil before the first start.
func (p *Program) Exited() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exited
}

// Alive is nil while the program runs, else its last words.
func (p *Program) Alive() error {
	select {
	case <-p.Exited():
		return fmt.Errorf("%s ended: %s", p.Name, p.LastWords())
	default:
		return nil
	}
}

// Signal sends a signal; one to a program that has ended is lost.
func (p *Program) Signal(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(s)
	}
}

// PID is the process that was started last, 0 before the first start.
func (p *Program) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Kill is a power cut, as far as the program can tell.
func (p *Program) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.Exited()
}

// Stop asks the program to end, and is an error when it has to be killed.
func (p *Program) Stop() error {
	exited := p.Exited()
	if exited == nil {
		return nil
	}
	p.Signal(syscall.SIGTERM)
	patience := NewPatience(stopLimit)
	for left := patience.Left(); left > 0; left = patience.Left() {
		select {
		case <-exited:
			return nil
		case <-time.After(left):
		}
	}
	p.Kill()
	return patience.Over(p.Name+" to stop", errors.New("it was killed"))
}

// LastWords is the last line of the program's log.
func (p *Program) LastWords() string {
	raw, err := os.ReadFile(p.Log)
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if err != nil || lines[0] == "" {
		return "it said nothing"
	}
	return lines[len(lines)-1]
}

// Ready waits until ok is nil, and gives up when the program ends.
func (p *Program) Ready(ctx context.Context, ok func(context.Context) error) error {
	return Within(ctx, StartLimit, p.Name+" to be ready", func(ctx context.Context) error {
		if err := p.Alive(); err != nil {
			return Final(err)
		}
		return ok(ctx)
	})
}
