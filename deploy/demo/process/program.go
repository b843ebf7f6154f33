// Package process runs Portaria's own programs as an operator would run them, and waits for what they promise. It knows
// processes, logs and ports; what the programs are for it does not know.
package process

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

// StartLimit is how long a program may take to be ready.
const StartLimit = 30 * time.Second

// stopLimit is how long it may take to end.
const stopLimit = 15 * time.Second

// Program is one of Portaria's own, run as a process as an operator would run it.
type Program struct {
	Name   string
	Binary string
	Args   []string
	Log    string // path of its log
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
	defer func() { _ = log.Close() }()
	p.cmd = exec.Command(p.Binary, p.Args...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	// A group of its own, so that Ctrl-C reaches only the demo, which then stops everything in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	p.exited = make(chan struct{})
	if err := startAndWatch(p.cmd, p.exited); err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
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

// Alive is nil while the program runs, else its last words.
func (p *Program) Alive() error {
	select {
	case <-p.exited:
		return fmt.Errorf("%s ended: %s", p.Name, p.lastWords())
	default:
		return nil
	}
}

// Kill is a power cut.
func (p *Program) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// Stop asks the program to end, and is an error when it has to be killed.
func (p *Program) Stop() error {
	if p.cmd == nil || p.exited == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopLimit):
		p.Kill()
		return fmt.Errorf("%s did not stop within %s and was killed", p.Name, stopLimit)
	}
}

func (p *Program) lastWords() string {
	raw, err := os.ReadFile(p.Log)
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if err != nil || lines[0] == "" {
		return "it said nothing"
	}
	return lines[len(lines)-1]
}

// Ready waits until ok is nil, and gives up when the program ends.
func (p *Program) Ready(ctx context.Context, ok func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, StartLimit)
	defer cancel()
	return Until(ctx, p.Name+" to be ready", func() error {
		if err := p.Alive(); err != nil {
			return final{err}
		}
		return ok(ctx)
	})
}

// Final marks an error that waiting will not mend: Until returns it at once.
func Final(err error) error { return final{err} }

type final struct{ error }

func (f final) Unwrap() error { return f.error }

// Until tries again and again until ok is nil; when ctx ends it says what the last try said.
func Until(ctx context.Context, what string, ok func() error) error {
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

// Answers is a check that a page can be had.
func Answers(url string) func(context.Context) error {
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

// FreePorts finds ports on loopback that nobody uses. They are all held until the last is found, so none comes twice.
func FreePorts(n int) ([]int, error) {
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
