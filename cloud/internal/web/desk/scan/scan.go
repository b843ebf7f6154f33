// Package scan is the phone page of controllers: /scan opens the camera, reads tickets and shows what becomes of them,
// also as an installed app and with no network. It knows the page, its files and how they are kept on a phone; who may
// enter it asks of nobody: the page's scripts ask the scan API.
package scan

import (
	"embed"
	"fmt"
	"net/http"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
)

//go:embed templates/*.html
var templates embed.FS

// Section is the page with its files. The page is for those who may scan somewhere; its files hold nothing of anybody
// and are everybody's, so that an installed page can be brought up to date while nobody is signed in.
func Section() (desk.Section, error) {
	b, err := open()
	if err != nil {
		return desk.Section{}, fmt.Errorf("scan page: %w", err)
	}
	return desk.Section{
		Name: "scan", Templates: templates,
		Nav: []desk.NavItem{{Path: "/scan", Text: "scan.nav", Needs: role.Scan, Order: 45}},
		Routes: []desk.Route{
			desk.Get("/scan", role.Scan, b.show),
			desk.Get("/scan/worker.js", "", b.worker).Open(),
			desk.Get("/scan/manifest.webmanifest", "", b.manifest).Open(),
			desk.Get("/scan/files/:version/:file", "", b.file).Open(),
		},
	}, nil
}

// page is the shell: the same for everybody who speaks the language, since phones keep it.
type page struct {
	desk.Frame
	Files string // address of the script files, with a slash at the end
	Texts map[string]string
}

// policy is the desk's and lets the page start the reader of codes, which is WASM, and its worker.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// permissions of the desk, with the camera: for this page alone.
const permissions = "camera=(self), microphone=(), geolocation=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"

func (b *bundle) show(v *desk.Visit) error {
	texts, err := v.L.Subject("scan")
	if err != nil {
		return err
	}
	v.Header("Content-Security-Policy", policy)
	v.Header("Permissions-Policy", permissions)
	v.Header("Content-Language", v.L.Tag())
	return v.ShowPart("page", "scan", &page{Files: b.at(), Texts: texts})
}

// installed is the manifest by which a phone keeps the page as an app.
type installed struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Short      string        `json:"short_name"`
	Language   string        `json:"lang"`
	Start      string        `json:"start_url"`
	Scope      string        `json:"scope"` // wide enough for signing in without leaving the app
	Display    string        `json:"display"`
	Background string        `json:"background_color"`
	Theme      string        `json:"theme_color"`
	Icons      []installIcon `json:"icons"`
}

type installIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

func (b *bundle) manifest(v *desk.Visit) error {
	v.Header("Content-Type", "application/manifest+json")
	v.JSON(http.StatusOK, installed{
		ID: "/scan", Name: v.Text("scan.app"), Short: "Portaria", Language: v.L.Tag(), Start: "/scan", Scope: "/",
		Display: "standalone", Background: "#12161a", Theme: "#12161a",
		Icons: []installIcon{
			{b.assets.Href("scan-192.png"), "192x192", "image/png", "any"},
			{b.assets.Href("scan-512.png"), "512x512", "image/png", "any"},
			{b.assets.Href("scan-mask.png"), "512x512", "image/png", "maskable"},
		},
	})
	return nil
}

// everyText is all that the page says, in every language: a new text is a new version.
func everyText() (all []map[string]string, err error) {
	for _, tag := range locale.Supported {
		texts, err := locale.Match(tag).Subject("scan")
		if err != nil {
			return nil, err
		}
		all = append(all, texts)
	}
	return all, nil
}
