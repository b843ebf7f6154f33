package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"portaria/deploy/vm/machine"
)

// workshop is where a machine's parts are made.
type workshop struct {
	arch   string
	kernel string // of deploy/vm/fetch
	dir    string
}

// newWorkshop gets the kernel and builds the programs for the machines of a test, the guest with more build tags.
func newWorkshop(ctx context.Context, test, arch, tags string) (workshop, error) {
	kernel, err := filepath.Abs(filepath.Join(".cache/vm", arch))
	if err != nil {
		return workshop{}, err
	}
	w := workshop{arch: arch, kernel: kernel, dir: filepath.Join(filepath.Dir(kernel), test)}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return workshop{}, err
	}
	for _, command := range [][]string{
		{"deploy/vm/fetch", arch},
		{"go", "build", "-trimpath", "-ldflags", "-s -w", "-o", w.path("edge"), "./edge/cmd/edge"},
		{"go", "build", "-trimpath", "-ldflags", "-s -w", "-o", w.path("init"), "./deploy/vm/init"},
		{"go", "test", "-c", "-tags", "vm " + tags, "-ldflags", "-s -w", "-o", w.path("guest"), "./edge"},
	} {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return workshop{}, fmt.Errorf("%v: %w\n%s", command, err, out)
		}
	}
	return w, nil
}

func (w workshop) path(name string) string { return filepath.Join(w.dir, name) }

// image makes an initial RAM disk with the programs and some modules.
func (w workshop) image(settings map[string]string, modules ...string) (string, error) {
	path := w.path("initial")
	return path, machine.Image{Kernel: w.kernel, Modules: modules, Settings: settings,
		Files: map[string]string{"init": w.path("init"), "edge": w.path("edge"), "guest": w.path("guest")}}.Write(path)
}

// config describes a machine that runs one test of the guest.
func (w workshop) config(initial, test string, env map[string]string) machine.Config {
	c := machine.Config{Arch: w.arch, Linux: filepath.Join(w.kernel, "linux"), Initial: initial, Memory: "768M",
		Log: w.path(test + ".log"), Env: map[string]string{"RUN": "/guest,-test.v,-test.timeout=8m,-test.run=^" + test + "$"}}
	for name, value := range env {
		c.Env[name] = value
	}
	return c
}
