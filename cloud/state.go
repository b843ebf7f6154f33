package cloud

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/gatehouse/vault"
)

// Files of the state folder beside the vault's.
const (
	tokenFile     = "platform.token"
	publicKeyFile = "platform.pub" // what hubs and gates are given as platform_key
	acquirerFile  = "test-acquirer.json"
)

func (c *Cloud) openState(ctx context.Context) error {
	if err := os.MkdirAll(c.cfg.StateDir, 0o700); err != nil {
		return fmt.Errorf("make the state directory: %w", err)
	}
	platform, made, err := vault.OpenPlatformKey(c.cfg.StateDir)
	if err != nil {
		return err
	}
	if made {
		c.log.Warn("a new platform key was made: gates that trust another one will refuse this cloud's lists")
	}
	seal, _, err := vault.OpenSealer(c.cfg.StateDir)
	if err != nil {
		return err
	}
	c.seal = seal
	c.keys = vault.NewKeyring(platform, seal, c.gates)
	if err := c.gates.Bind(ctx, c.keys.PlatformKey(), seal); err != nil {
		return err
	}
	if err := c.writePublicKey(); err != nil {
		return err
	}
	c.token, err = c.openToken()
	return err
}

func (c *Cloud) writePublicKey() error {
	text := []byte(hex.EncodeToString(c.keys.PlatformKey()) + "\n")
	if err := os.WriteFile(filepath.Join(c.cfg.StateDir, publicKeyFile), text, 0o644); err != nil { //nolint:gosec // it is public
		return fmt.Errorf("write the platform's public key: %w", err)
	}
	return nil
}

// openToken reads the platform's token, and makes it at the first start where no file is configured.
func (c *Cloud) openToken() (account.PlatformToken, error) {
	path, own := c.cfg.PlatformTokenFile, false
	if path == "" {
		path, own = filepath.Join(c.cfg.StateDir, tokenFile), true
	}
	raw, err := os.ReadFile(path)
	if own && errors.Is(err, fs.ErrNotExist) {
		raw = []byte(rand.Text() + rand.Text())
		err = os.WriteFile(path, append(raw, '\n'), 0o600)
	}
	if err != nil {
		return account.PlatformToken{}, fmt.Errorf("open the platform token: %w", err)
	}
	token, err := account.NewPlatformToken(strings.TrimSpace(string(raw)))
	if err != nil {
		return token, fmt.Errorf("%s: %w", path, err)
	}
	return token, nil
}
