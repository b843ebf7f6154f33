package machine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// Image is what a machine starts from: a kernel's modules and some programs, in an initial RAM disk.
type Image struct {
	Kernel   string            // directory of deploy/vm/fetch
	Modules  []string          // loaded in this order, each after what it needs
	Settings map[string]string // of a module, as on modprobe's command line
	Files    map[string]string // where in the machine -> file here; "init" is the first program
}

// Write makes the initial RAM disk. The list of modules is in /modules: a file and its settings a line.
func (i Image) Write(path string) error {
	var whole bytes.Buffer // not compressed: an emulated processor would take longer to unpack it than this one saves
	a := &archive{out: &whole}
	for _, empty := range []string{"dev", "proc", "sys", "tmp", "data", "etc"} {
		a.dir(empty)
	}
	if err := i.addModules(a); err != nil {
		return err
	}
	for name, file := range i.Files {
		if err := addFile(a, name, file); err != nil {
			return err
		}
	}
	if err := a.close(); err != nil {
		return fmt.Errorf("write the initial RAM disk: %w", err)
	}
	return os.WriteFile(path, whole.Bytes(), 0o600)
}

func (i Image) addModules(a *archive) error {
	found, err := findModules(filepath.Join(i.Kernel, "modules"))
	if err != nil {
		return err
	}
	for _, name := range i.Modules {
		if err := found.want(name); err != nil {
			return err
		}
	}
	var list bytes.Buffer
	for _, file := range found.order {
		name := "lib/" + filepath.Base(file)
		if err := addFile(a, name, file); err != nil {
			return err
		}
		fmt.Fprintf(&list, "/%s %s\n", name, i.Settings[kernelName(file)])
	}
	a.add("modules", list.Bytes())
	return nil
}

func addFile(a *archive, name, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	a.add(name, content)
	return nil
}
