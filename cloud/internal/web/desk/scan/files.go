package scan

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"portaria/cloud/internal/web/asset"
	"portaria/cloud/internal/web/desk"
)

//go:embed static
var static embed.FS

// bundle is the page's scripts under one version: modules import each other by plain names, so all of them must be of
// one age, and an old page must never be given a new module.
type bundle struct {
	assets  *asset.Set
	version string
	bodies  map[string][]byte // by name; the WASM is packed
	service []byte            // the service worker, which knows the version and its files
}

// shared are the styles, fonts and icons that the page uses beside its scripts.
var shared = []string{"app.css", "scan.css", "inter-latin.woff2", "icon.svg", "scan-192.png"}

var contentTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm"}

func open() (*bundle, error) {
	assets, err := asset.Open()
	if err != nil {
		return nil, err
	}
	b := &bundle{assets: assets, bodies: map[string][]byte{}}
	entries, err := static.ReadDir("static")
	if err != nil {
		return nil, fmt.Errorf("read the page's files: %w", err)
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".gz")
		if contentTypes[path.Ext(name)] == "" {
			continue
		}
		if b.bodies[name], err = static.ReadFile("static/" + e.Name()); err != nil {
			return nil, fmt.Errorf("read the page's files: %w", err)
		}
	}
	return b, b.seal()
}

// seal gives the bundle its version: of everything that a phone keeps.
func (b *bundle) seal() error {
	texts, err := everyText()
	if err != nil {
		return err
	}
	shell, err := templates.ReadFile("templates/page.html")
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	kept := []string{}
	for _, name := range shared {
		kept = append(kept, b.assets.Href(name))
	}
	all, err := json.Marshal([]any{texts, shell, kept, policy, b.bodies}) // maps come out in the order of their keys
	if err != nil {
		return fmt.Errorf("the page's version: %w", err)
	}
	sum := sha256.Sum256(all)
	b.version = hex.EncodeToString(sum[:6])
	return b.writeWorker(kept)
}

// writeWorker puts the version and the addresses of its files before the service worker's script, which is not itself
// one of the files: browsers fetch it anew and compare it byte by byte.
func (b *bundle) writeWorker(kept []string) error {
	script := b.bodies["service.js"]
	delete(b.bodies, "service.js")
	for name := range b.bodies {
		kept = append(kept, b.at()+name)
	}
	slices.Sort(kept)
	list, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("the page's files: %w", err)
	}
	b.service = fmt.Appendf(nil, "const VERSION = %q;\nconst FILES = %s;\n%s", b.version, list, script)
	return nil
}

func (b *bundle) at() string { return "/scan/files/" + b.version + "/" }

// worker is the service worker. It lies below /scan and may serve /scan itself.
func (b *bundle) worker(v *desk.Visit) error {
	v.Header("Service-Worker-Allowed", "/scan")
	v.Header("Cache-Control", "no-cache")
	v.Data(http.StatusOK, contentTypes[".js"], b.service)
	return nil
}

func (b *bundle) file(v *desk.Visit) error {
	name := v.Param("file")
	body, ok := b.bodies[name]
	if !ok || v.Param("version") != b.version {
		return desk.ErrNotFound
	}
	v.Header("Cache-Control", "public, max-age=31536000, immutable")
	v.Header("Content-Security-Policy", policy) // a worker has the policy of its own script
	if path.Ext(name) == ".wasm" {
		return b.packed(v, body)
	}
	v.Data(http.StatusOK, contentTypes[path.Ext(name)], body)
	return nil
}

// packed sends the WASM as it is kept, to all who can unpack it: all browsers can.
func (b *bundle) packed(v *desk.Visit, body []byte) error {
	v.Header("Vary", "Accept-Encoding")
	if strings.Contains(v.GetHeader("Accept-Encoding"), "gzip") {
		v.Header("Content-Encoding", "gzip")
		v.Data(http.StatusOK, contentTypes[".wasm"], body)
		return nil
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("unpack the reader of codes: %w", err)
	}
	v.Header("Content-Type", contentTypes[".wasm"])
	v.Status(http.StatusOK)
	if _, err := io.Copy(v.Writer, unpacked); err != nil {
		return fmt.Errorf("unpack the reader of codes: %w", err)
	}
	return nil
}
