// Package config reads a program's TOML file strictly: a misspelt key is an error, and every fault is told at once.
//
// It knows nothing of any program: a program gives the struct with its defaults filled in, and says in Validate what
// must hold.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFile bounds a configuration file, in bytes: a wrong path must not fill memory.
const maxFile = 1 << 20

// Validator is a configuration that can check itself. Join every fault with errors.Join.
type Validator interface{ Validate() error }

// Load decodes the file at path over into's defaults. The error names the file and, one a line, every unknown key
// and every fault that Validate finds.
func Load(path string, into Validator) error {
	raw, err := readLimited(path)
	if err != nil {
		return err
	}
	if err := Decode(raw, into); err != nil {
		return fmt.Errorf("configuration %s:\n%w", path, err)
	}
	return nil
}

// Decode is Load for bytes already at hand.
func Decode(raw []byte, into Validator) error {
	meta, err := toml.NewDecoder(bytes.NewReader(raw)).Decode(into)
	if err != nil {
		return syntaxFault(err)
	}
	var faults []error
	for _, key := range meta.Undecoded() {
		faults = append(faults, fmt.Errorf("%s: no such key; check its spelling", key))
	}
	if err := into.Validate(); err != nil {
		faults = append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return indent(errors.New(located(raw, err.Error())))
	}
	return nil
}

func readLimited(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open the configuration: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("configuration %s has %d bytes, more than the %d allowed: is it the right file?",
			path, info.Size(), maxFile)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return raw, nil
}

func syntaxFault(err error) error {
	var parse toml.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("  line %d: %s", parse.Position.Line, parse.Message)
	}
	return indent(err)
}

func indent(err error) error {
	return errors.New("  " + strings.ReplaceAll(err.Error(), "\n", "\n  "))
}
