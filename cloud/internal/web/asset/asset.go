// Package asset serves the files that pages load: styles, scripts, fonts, the icon. Each has a name that carries its
// hash, so that browsers may keep it for ever.
package asset

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

//go:embed static
var staticFiles embed.FS

// contentTypes of what is served; other files in static (licences) are not.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2",
	".wasm": "application/wasm", ".png": "image/png", ".webmanifest": "application/manifest+json",
}

// Set is the files by name.
type Set struct {
	hashed map[string]string // app.css -> app.0123456789.css
	bodies map[string][]byte // by hashed name
}

// Open reads the embedded files, once for all.
var Open = sync.OnceValues(open)

func open() (*Set, error) {
	a := &Set{hashed: map[string]string{}, bodies: map[string][]byte{}}
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	// Stylesheets name fonts, so they come last and are hashed with the fonts' hashes in them.
	for _, sheets := range []bool{false, true} {
		for _, e := range entries {
			ext := path.Ext(e.Name())
			if _, served := contentTypes[ext]; !served || (ext == ".css") != sheets {
				continue
			}
			body, err := staticFiles.ReadFile("static/" + e.Name())
			if err != nil {
				return nil, fmt.Errorf("read static files: %w", err)
			}
			a.add(e.Name(), body)
		}
	}
	return a, nil
}

func (a *Set) add(name string, body []byte) {
	if path.Ext(name) == ".css" {
		text := string(body)
		for plain, hashed := range a.hashed {
			text = strings.ReplaceAll(text, "url("+plain+")", "url("+hashed+")")
		}
		body = []byte(text)
	}
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext
	a.hashed[name], a.bodies[hashed] = hashed, body
}

// Href is the address of a file by its plain name. It panics on a name that isn't there, as templates are part of
// the program and all of them are executed in tests.
func (a *Set) Href(name string) string {
	hashed, ok := a.hashed[name]
	if !ok {
		panic("no static file " + name)
	}
	return "/static/" + hashed
}

// Names are the files' plain names.
func (a *Set) Names() []string {
	names := make([]string, 0, len(a.hashed))
	for name := range a.hashed {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Serve answers for one hashed name; false where there is none such.
func (a *Set) Serve(c *gin.Context, name string) bool {
	body, ok := a.bodies[name]
	if !ok {
		return false
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Del("Vary")
	c.Data(http.StatusOK, contentTypes[path.Ext(name)], body)
	return true
}
