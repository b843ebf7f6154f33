package machine

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// modules finds the files of kernel modules and of all that they need, in the order of loading. A name that the kernel
// has built in has no file and is left out.
type modules struct {
	files map[string]string // by name: dashes are underscores
	order []string
	seen  []string
}

func kernelName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// findModules indexes a kernel's modules.
func findModules(dir string) (*modules, error) {
	m := &modules{files: map[string]string{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".ko") {
			m.files[kernelName(path)] = path
		}
		return err
	})
	if err == nil && len(m.files) == 0 {
		err = fmt.Errorf("%s holds no kernel modules (*.ko)", dir)
	}
	return m, err
}

// want adds a module, after those that it depends on.
func (m *modules) want(name string) error {
	name = kernelName(name)
	file, found := m.files[name]
	if !found || slices.Contains(m.seen, name) {
		return nil
	}
	m.seen = append(m.seen, name)
	needs, err := dependencies(file)
	if err != nil {
		return fmt.Errorf("kernel module %s: %w", file, err)
	}
	for _, need := range needs {
		if err := m.want(need); err != nil {
			return err
		}
	}
	m.order = append(m.order, file)
	return nil
}

// dependencies reads what a module says of itself: hard needs, and those that it would like before it.
func dependencies(file string) (names []string, err error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("no .modinfo in it")
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	for _, line := range bytes.Split(info, []byte{0}) {
		key, value, _ := strings.Cut(string(line), "=")
		switch before, soft := strings.CutPrefix(value, "pre: "); {
		case key == "depends":
			names = append(names, strings.FieldsFunc(value, func(r rune) bool { return r == ',' })...)
		case key == "softdep" && soft:
			names = append(names, strings.Fields(before)...)
		}
	}
	return names, nil
}
