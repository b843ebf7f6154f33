package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// listed is the part of `go list -json` that is read.
type listed struct {
	ImportPath, Doc, Dir       string
	Imports, GoFiles, CgoFiles []string
	TestGoFiles, XTestGoFiles  []string
	Module                     *struct{ Dir string }
}

// List asks the go command for every package of the module whose folder is root.
func List(root string) ([]Package, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Dir,Imports,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Module", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("go list: %w: %s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("go list: %w", err)
	}
	return decode(out)
}

func decode(out []byte) ([]Package, error) {
	var packages []Package
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("read go list's answer: %w", err)
		}
		packages = append(packages, l.asPackage())
	}
}

func (l listed) asPackage() Package {
	p := Package{Path: strings.TrimPrefix(l.ImportPath, module), Imports: l.Imports, Doc: l.Doc}
	for _, group := range [][]string{l.GoFiles, l.CgoFiles, l.TestGoFiles, l.XTestGoFiles} {
		for _, file := range group {
			if rel, err := filepath.Rel(l.Module.Dir, filepath.Join(l.Dir, file)); err == nil {
				p.Files = append(p.Files, rel)
			}
		}
	}
	return p
}
