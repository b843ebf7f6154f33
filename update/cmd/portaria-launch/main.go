// Command portaria-launch starts the right version of a program: `portaria-launch start edge run --config edge.toml`.
//
// It is the one part that no update tries out, so it does little: it asks package update which version that is, and
// becomes it. Called by another name, such as portaria-edge, it becomes the version of edge that is in force.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"portaria/update"
)

// testLimit is how long a self-test may take: it reads every page of a gate's files, perhaps from a slow card.
const testLimit = 90 * time.Second

const usage = "usage: portaria-launch start PROGRAM ARGS... | install PROGRAM VERSION | remove PROGRAM"

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "portaria-launch:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if program, ok := strings.CutPrefix(filepath.Base(args[0]), "portaria-"); ok && program != "launch" {
		return become(program, args[1:])
	}
	if len(args) < 3 {
		return errors.New(usage)
	}
	program, rest := args[2], args[3:]
	switch {
	case args[1] == "start":
		return start(program, rest)
	case args[1] == "install" && len(rest) == 1:
		return place(program).Install(filepath.Join(lib(), program, "packaged"), rest[0])
	case args[1] == "remove" && len(rest) == 0:
		return place(program).Remove()
	}
	return errors.New(usage)
}

// lib and state are where a package puts things; tests, and packages being unpacked into another root, say otherwise.
func lib() string   { return or("PORTARIA_LIB", "/usr/lib/portaria") }
func state() string { return or("PORTARIA_STATE", "/var/lib/portaria") }

func or(env, usual string) string {
	if set := os.Getenv(env); set != "" {
		return set
	}
	return usual
}

func place(program string) update.Place {
	program = filepath.Base(program)
	return update.Place{Slots: filepath.Join(lib(), program, "slots"), State: filepath.Join(state(), program, "update.json")}
}

// become is for people, who ask a program something. It counts nothing.
func become(program string, args []string) error {
	p := place(program)
	version, err := p.InForce()
	if err != nil {
		return err
	}
	return execute(p.Program(version), program, args, os.Environ())
}

// start is for the unit.
func start(program string, args []string) error {
	p := place(program)
	version, said, err := p.Choose(time.Now(), func(path string) error { return selfTest(path, args) })
	for _, line := range said {
		fmt.Fprintln(os.Stderr, "portaria-launch:", line)
	}
	if err != nil {
		return err
	}
	return execute(p.Program(version), program, args, append(os.Environ(), update.Env+"="+p.State))
}

// selfTest asks a version whether it could serve here, with the arguments that it would be started with but its verb.
func selfTest(path string, args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	ctx, end := context.WithTimeout(context.Background(), testLimit)
	defer end()
	test := exec.CommandContext(ctx, path, append([]string{"selftest"}, args[1:]...)...)
	test.Env = without(os.Environ(), "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=") // it is not the service
	out, err := test.CombinedOutput()
	if ctx.Err() != nil {
		return fmt.Errorf("it did not end within %s", testLimit)
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, lastLine(string(out)))
	}
	return nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func without(env []string, prefixes ...string) (kept []string) {
next:
	for _, one := range env {
		for _, prefix := range prefixes {
			if strings.HasPrefix(one, prefix) {
				continue next
			}
		}
		kept = append(kept, one)
	}
	return kept
}

func execute(path, program string, args, env []string) error {
	err := syscall.Exec(path, append([]string{"portaria-" + program}, args...), env) //nolint:gosec // that is what it is for
	return fmt.Errorf("start %s: %w", path, err)
}
