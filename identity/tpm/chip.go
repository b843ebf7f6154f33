package tpm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// Device is where Linux has the TPM of a board, through the kernel's resource manager.
const Device = "/dev/tpmrm0"

// ErrNone means that there is no TPM to be used; its text says what to do.
var ErrNone = errors.New("there is no TPM 2.0 that this program may use")

// ErrOther means that something was made by another TPM: the disk was moved, or the chip was cleared.
var ErrOther = errors.New("this machine's TPM did not make it: the disk is from another machine, or the TPM was cleared")

// Chip is a TPM. It is opened for each piece of work and let go, so programs can share it. Safe for concurrent use.
type Chip struct {
	path string
	mu   sync.Mutex
}

// At is the TPM at a path: a device, or the socket of a TPM in software. Nothing is opened yet.
func At(path string) *Chip { return &Chip{path: path} }

// Describe asks the TPM who made it. ErrNone.
func (c *Chip) Describe() (maker string, err error) {
	err = c.do(func(t transport.TPM) error {
		answer, err := tpm2.GetCapability{Capability: tpm2.TPMCapTPMProperties, Property: uint32(tpm2.TPMPTManufacturer), PropertyCount: 1}.Execute(t)
		if err != nil {
			return fmt.Errorf("%w: %s does not answer as one: %w", ErrNone, c.path, err)
		}
		properties, err := answer.CapabilityData.Data.TPMProperties()
		if err != nil || len(properties.TPMProperty) == 0 {
			return fmt.Errorf("%w: %s does not say who made it", ErrNone, c.path)
		}
		maker = fourLetters(properties.TPMProperty[0].Value)
		return nil
	})
	return maker, err
}

// fourLetters is a maker's mark: letters of ASCII, filled up with zeros or spaces.
func fourLetters(mark uint32) (text string) {
	for shift := 24; shift >= 0; shift -= 8 {
		if letter := byte(mark >> shift); letter > ' ' && letter < 0x7f { //nolint:gosec // a byte of it
			text += string(rune(letter))
		}
	}
	return text
}

// do opens the TPM, works, and lets it go.
func (c *Chip) do(work func(transport.TPM) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, err := open(c.path)
	if err != nil {
		return err
	}
	return errors.Join(work(t), t.Close())
}

func open(path string) (transport.TPMCloser, error) {
	info, err := os.Stat(path)
	if err == nil && info.Mode()&fs.ModeSocket != 0 {
		return explained(linuxudstpm.Open(path))(path)
	}
	return explained(linuxtpm.Open(path))(path)
}

// explained says what to do about a TPM that can't be opened.
func explained(t transport.TPMCloser, err error) func(path string) (transport.TPMCloser, error) {
	return func(path string) (transport.TPMCloser, error) {
		switch {
		case err == nil:
			return t, nil
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%w: %s is not there; switch the TPM on in the firmware of this machine, or give the gate one", ErrNone, path)
		case errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("%w: %s may not be opened; put this program's user into the group tss", ErrNone, path)
		}
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
}

// parent is the TPM's own storage key, made anew from its seed each time: the same key, for as long as nobody clears the TPM.
type parent struct {
	handle tpm2.TPMHandle
	name   tpm2.TPM2BName
	public tpm2.TPMTPublic
}

// under works with the storage key.
func (c *Chip) under(work func(t transport.TPM, p parent) error) error {
	return c.do(func(t transport.TPM) error {
		made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(t)
		if err != nil {
			return fmt.Errorf("ask the TPM %s for its storage key: %w", c.path, err)
		}
		defer flush(t, made.ObjectHandle)
		public, err := made.OutPublic.Contents()
		if err != nil {
			return fmt.Errorf("read the storage key of the TPM %s: %w", c.path, err)
		}
		return work(t, parent{made.ObjectHandle, made.Name, *public})
	})
}

// flush frees a place in the TPM; one that is not freed is, when the device is closed.
func flush(t transport.TPM, handle tpm2.TPMHandle) {
	_, _ = tpm2.FlushContext{FlushHandle: handle}.Execute(t)
}

// auth lets the parent be used in a session that encrypts the first parameter, either way: nobody on the wires between
// processor and chip reads it.
func (p parent) auth() tpm2.AuthHandle {
	session := tpm2.HMAC(tpm2.TPMAlgSHA256, 16, tpm2.AESEncryption(128, tpm2.EncryptIn), tpm2.Salted(p.handle, p.public))
	return tpm2.AuthHandle{Handle: p.handle, Name: p.name, Auth: session}
}

// blob is something that lies under the parent, as it is kept on a disk: TPM2B_PUBLIC ‖ TPM2B_PRIVATE.
type blob struct {
	public  tpm2.TPM2BPublic
	private tpm2.TPM2BPrivate
}

// maxBlob bounds a blob, in bytes.
const maxBlob = 4 << 10

func (b blob) bytes() []byte { return append(tpm2.Marshal(b.public), tpm2.Marshal(b.private)...) }

var errBlob = errors.New("this is nothing that a TPM has made")

func parseBlob(raw []byte) (blob, error) {
	if len(raw) < 4 || len(raw) > maxBlob {
		return blob{}, errBlob
	}
	n := 2 + int(raw[0])<<8 + int(raw[1])
	if n+2 > len(raw) || n+2+int(raw[n])<<8+int(raw[n+1]) != len(raw) {
		return blob{}, errBlob
	}
	public, err := tpm2.Unmarshal[tpm2.TPM2BPublic](raw[:n])
	if err != nil {
		return blob{}, errBlob
	}
	private, err := tpm2.Unmarshal[tpm2.TPM2BPrivate](raw[n:])
	if err != nil {
		return blob{}, errBlob
	}
	if _, err := public.Contents(); err != nil {
		return blob{}, errBlob
	}
	return blob{*public, *private}, nil
}

// create makes something under the parent.
func create(t transport.TPM, p parent, what tpm2.TPMTPublic, secret []byte) (blob, error) {
	order := tpm2.Create{ParentHandle: p.auth(), InPublic: tpm2.New2B(what)}
	if secret != nil {
		order.InSensitive = tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
			Data: tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{Buffer: secret})}}
	}
	made, err := order.Execute(t)
	if err != nil {
		return blob{}, fmt.Errorf("have the TPM make a key: %w", err)
	}
	return blob{made.OutPublic, made.OutPrivate}, nil
}

// load has the TPM take a blob in, works with it, and frees its place. ErrOther.
func load(t transport.TPM, p parent, b blob, work func(tpm2.AuthHandle) error) error {
	loaded, err := tpm2.Load{ParentHandle: p.auth(), InPrivate: b.private, InPublic: b.public}.Execute(t)
	if errors.Is(err, tpm2.TPMRCIntegrity) || errors.Is(err, tpm2.TPMRCSize) || errors.Is(err, tpm2.TPMRCBinding) {
		return ErrOther
	}
	if err != nil {
		return fmt.Errorf("have the TPM load a key: %w", err)
	}
	defer flush(t, loaded.ObjectHandle)
	return work(tpm2.AuthHandle{Handle: loaded.ObjectHandle, Name: loaded.Name, Auth: tpm2.PasswordAuth(nil)})
}
