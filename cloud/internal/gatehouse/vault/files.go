package vault

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Fingerprint names a public key in logs and on paper: SHA-256, first 16 bytes in hex.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:16])
}

// OpenPlatformKey reads the platform key of a state folder, making it at the first start; made says so.
func OpenPlatformKey(dir string) (key ed25519.PrivateKey, made bool, err error) {
	seed, made, err := openKeyFile(filepath.Join(dir, PlatformFile), ed25519.SeedSize)
	if err != nil {
		return nil, false, err
	}
	return ed25519.NewKeyFromSeed(seed), made, nil
}

// OpenSealer reads the sealing key of a state folder, making it at the first start; made says so.
func OpenSealer(dir string) (s *Sealer, made bool, err error) {
	key, made, err := openKeyFile(filepath.Join(dir, SealFile), sealKeyLen)
	if err != nil {
		return nil, false, err
	}
	s, err = NewSealer(key)
	return s, made, err
}

// openKeyFile reads a key of n bytes written as hex, or makes it.
func openKeyFile(path string, n int) ([]byte, bool, error) {
	key, err := readKeyFile(path, n)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	fresh := random(n)
	if err := writeKeyFile(path, fresh); err != nil {
		return nil, false, fmt.Errorf("make the key file %s: %w", path, err)
	}
	// Two first starts at once: whoever linked first has made the key, both read that one.
	key, err = readKeyFile(path, n)
	return key, err == nil && string(key) == string(fresh), err
}

func readKeyFile(path string, n int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open the key file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read by others (mode %v): run chmod 600 on it, and think of who may have it",
			path, info.Mode().Perm())
	}
	if info.Size() != int64(2*n+1) {
		return nil, fmt.Errorf("the key file %s is damaged: %d bytes instead of %d; put it back from the backup",
			path, info.Size(), 2*n+1)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	key, err := hex.DecodeString(string(text[:2*n]))
	if err != nil {
		return nil, fmt.Errorf("the key file %s is damaged: %w; put it back from the backup", path, err)
	}
	return key, nil
}

// writeKeyFile makes a file whole and durable under its name, or not at all, and never replaces one.
func writeKeyFile(path string, key []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
