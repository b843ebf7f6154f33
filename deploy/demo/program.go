package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Limits of a program's start and end.
const (
	startLimit = 30 * time.Second
	stopLimit  = 15 * time.Second
)

// program is one of Portaria's own, run as a process as an operator would run it.
type program struct {
	name   string
	binary string
	args   []string
	log    string // path of its log
	cmd    *exec.Cmd
	exited chan struct{}
}

// find names a binary that was built, or says how to build it.
func find(dir, name string) (string, error) {
	path, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return "", fmt.Errorf("%s is not built: run make build", path)
	}
	return path, nil
}

// start runs the program, its output going to the end of its log. It ends with this process, whatever happens to that.
func (p *program) start() error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	defer log.Close()
	p.cmd = exec.Command(p.binary, p.args...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	// A group of its own, so that Ctrl-C reaches only the demo, which then stops everything in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	p.exited = make(chan struct{})
	if err := startAndWatch(p.cmd, p.exited); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
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

// alive is nil while the program runs, else its last words.
func (p *program) alive() error {
	select {
	case <-p.exited:
		return fmt.Errorf("%s ended: %s", p.name, p.lastWords())
	default:
		return nil
	}
}

// kill is a power cut.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// stop asks the program to end, and is an error when it has to be killed.
func (p *program) stop() error {
	if p.cmd == nil || p.exited == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopLimit):
		p.kill()
		return fmt.Errorf("%s did not stop within %s and was killed", p.name, stopLimit)
	}
}

func (p *program) lastWords() string {
	raw, err := os.ReadFile(p.log)
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if err != nil || lines[0] == "" {
		return "it said nothing"
	}
	return lines[len(lines)-1]
}

// ready waits until ok is nil, and gives up when the program ends.
func (p *program) ready(ctx context.Context, ok func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return until(ctx, p.name+" to be ready", func() error {
		if err := p.alive(); err != nil {
			return final{err}
		}
		return ok(ctx)
	})
}

// final is an error that waiting will not mend.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// until tries again and again until ok is nil; when ctx ends it says what the last try said.
func until(ctx context.Context, what string, ok func() error) error {
	for {
		err := ok()
		if err == nil {
			return nil
		}
		if stop := (final{}); errors.As(err, &stop) {
			return stop.error
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", what, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// answers is a check that a page can be had.
func answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}

// freePorts finds ports on loopback that nobody uses. They are all held until the last is found, so none comes twice.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
