package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/asset"
)

//go:embed templates/*.html
var templateFiles embed.FS

// frame is what every page has; page structs embed it, and templates call its texts by id.
type frame struct {
	locale.Locale
	Title   string
	Tongues []tongue
	Private bool // not for search engines
	Refresh int  // seconds until the page asks again; 0 = never
}

// page is a page struct: by convention the template of the same name draws it.
type page interface{ template() string }

func (homePage) template() string  { return "home" }
func (eventPage) template() string { return "event" }
func (orderPage) template() string { return "order" }
func (errorPage) template() string { return "error" }

// pages are the parsed templates by name.
type pages map[string]*template.Template

func parsePages(files *asset.Set) (pages, error) {
	base, err := template.New("layout.html").Funcs(template.FuncMap{"asset": files.Href}).Option("missingkey=error").
		ParseFS(templateFiles, "templates/layout.html")
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	out := pages{}
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".html")
		if name == "layout" {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, "templates/"+e.Name())
		}
		if err != nil {
			return nil, fmt.Errorf("read template %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// draw executes a page into memory, so that a page that fails half-way is never sent.
func (p pages) draw(data page) ([]byte, error) {
	t, ok := p[data.template()]
	if !ok {
		return nil, fmt.Errorf("draw page %s: no such template", data.template())
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("draw page %s: %w", data.template(), err)
	}
	return b.Bytes(), nil
}

func (s *shop) frame(c *gin.Context, l locale.Locale, title string) frame {
	return frame{Locale: l, Title: title, Tongues: tongues(c, l)}
}

func (s *shop) show(c *gin.Context, status int, data page) {
	body, err := s.pages.draw(data)
	if err != nil {
		s.Log.Error("shop", "error", err)
		c.Data(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("This page failed. Try again in a minute.\n"))
		return
	}
	c.Writer.Header().Set("Content-Language", data.(interface{ Tag() string }).Tag())
	c.Data(status, "text/html; charset=utf-8", body)
}

func (s *shop) static(c *gin.Context) {
	if !s.assets.Serve(c, c.Param("file")) {
		s.fail(c, errNoPage)
	}
}
