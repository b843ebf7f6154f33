package edge

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"portaria/doctor"
	"portaria/edge/internal/bolt"
	"portaria/identity"
	"portaria/identity/tpm"
)

// boxFile is what the TPM needs to open the list secrets again; it lies with the identity, and is forgotten with it.
const boxFile = "secrets.sealed"

func (c *Config) chip() *tpm.Chip { return tpm.At(c.TPM) }

// newKey makes this gate's private key: in the TPM, where that is what the venue chose.
func (c *Config) newKey() (crypto.Signer, error) {
	if c.SecretAtRest == bySeal {
		return c.chip().NewKey()
	}
	return identity.NewKey()
}

// sealedKey is a key that lies on the disk as the TPM's. The TPM is asked when it signs.
func (c *Config) sealedKey(sealed []byte) (crypto.Signer, error) { return c.chip().Key(sealed) }

const withoutTPM = "secret_at_rest = \"sealed\": %w. Without one, set secret_at_rest = \"memory\" and join the hub again (edge enrol --forget)"

// checkTPM says early that there is no TPM where one is needed.
func (c *Config) checkTPM() error {
	if c.SecretAtRest != bySeal {
		return nil
	}
	if _, err := c.chip().Describe(); err != nil {
		return fmt.Errorf(withoutTPM, err)
	}
	return nil
}

// errOnCard is a private key in a file, where the TPM was to have it.
var errOnCard = errors.New("secret_at_rest = \"sealed\", but this gate joined its hub before, with a private key that lies on its disk: " +
	"run edge enrol --forget here, hub enrol replace at the hub, and join again; the TPM then makes the key")

// openRest is where list secrets rest; nil = in memory only.
func (c *Config) openRest() (bolt.AtRest, error) {
	switch c.SecretAtRest {
	case onDisk:
		return bolt.Plain{}, nil
	case bySeal:
		box, err := c.openBox()
		if err != nil {
			return nil, err
		}
		return box, nil
	}
	return nil, nil //nolint:nilnil // in memory
}

// openBox proves that the gate's key is the TPM's and can be used, and opens the box of its secrets, which is made at the
// first start.
func (c *Config) openBox() (*tpm.Box, error) {
	if err := c.checkTPM(); err != nil {
		return nil, err
	}
	if err := c.checkKey(); err != nil {
		return nil, err
	}
	path := filepath.Join(c.identityDir(), boxFile)
	sealed, err := identity.Read(path, true)
	if err == nil {
		box, err := c.chip().OpenBox(sealed)
		return box, sealedElsewhere(err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	box, err := c.chip().NewBox()
	if err != nil {
		return nil, fmt.Errorf(withoutTPM, err)
	}
	return box, identity.Write(path, box.Sealed())
}

// checkKey has the TPM sign once.
func (c *Config) checkKey() error {
	if c.member == nil {
		return nil // it works alone, or is about to join
	}
	key, ok := c.member.Key.(*tpm.Key)
	if !ok {
		return errOnCard
	}
	_, err := key.Sign(nil, make([]byte, crypto.SHA256.Size()), crypto.SHA256)
	return sealedElsewhere(err)
}

// sealedElsewhere says what to do about a disk that was moved.
func sealedElsewhere(err error) error {
	if errors.Is(err, tpm.ErrOther) {
		return fmt.Errorf("secret_at_rest = \"sealed\": %w; run edge enrol --forget here, hub enrol replace at the hub, and join again", err)
	}
	return err
}

// tpmFinding says whether the gate's keys are where they were to be.
func tpmFinding(cfg *Config) []doctor.Finding {
	const what = "keys"
	switch cfg.SecretAtRest {
	case bySeal:
		maker, err := cfg.chip().Describe()
		if err == nil {
			err = cfg.checkKey()
		}
		if err != nil {
			return []doctor.Finding{doctor.Broken(what, "%v", err)}
		}
		return []doctor.Finding{doctor.Well(what, "are in the TPM %s (%s): a copy of this disk is of no use", cfg.TPM, maker)}
	case onDisk:
		return []doctor.Finding{doctor.Doubt(what, "lie on this disk with the list's secrets: who takes it can read them; set secret_at_rest = \"sealed\" if there is a TPM")}
	}
	return []doctor.Finding{doctor.Well(what, "the gate's own lies on this disk, the list's secrets do not")}
}
