package desk

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed templates/*.html
var ownTemplates embed.FS

// pages are the parsed templates by section and name: "settings/people".
type pages map[string]*template.Template

// parse reads the layout and the components once, and every page over a copy of them.
func (d *Desk) parse(sections []Section) (pages, error) {
	base, err := template.New("layout.html").Funcs(template.FuncMap{"asset": d.assets.Href}).Option("missingkey=error").
		ParseFS(ownTemplates, "templates/layout.html", "templates/components.html", "templates/table.html")
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	out := pages{}
	for _, s := range append([]Section{d.own()}, sections...) {
		if s.Templates == nil {
			continue
		}
		files, err := fs.Glob(s.Templates, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("list the templates of %s: %w", s.Name, err)
		}
		parts := slices.DeleteFunc(slices.Clone(files), func(file string) bool { return !isPart(file) })
		for _, file := range files {
			if isPart(file) {
				continue
			}
			t, err := base.Clone()
			if err == nil {
				t, err = t.ParseFS(s.Templates, append(slices.Clone(parts), file)...)
			}
			if err != nil {
				return nil, fmt.Errorf("read template %s of %s: %w", file, s.Name, err)
			}
			out[s.Name+"/"+strings.TrimSuffix(path.Base(file), ".html")] = t
		}
	}
	return out, nil
}

// isPart says that a file holds what several pages of its section show, and is none itself.
func isPart(file string) bool { return strings.HasPrefix(path.Base(file), "_") }

// Templates are the names of all pages, for the test that draws each.
func (d *Desk) Templates() (names []string) {
	for name := range d.pages {
		switch name {
		case "desk/layout", "desk/components", "desk/table":
		default:
			names = append(names, name)
		}
	}
	return names
}

// draw executes a template into memory, so that a page that fails half-way is never sent.
func (p pages) draw(name, part string, data any) ([]byte, error) {
	t, ok := p[name]
	if !ok {
		return nil, fmt.Errorf("draw page %s: no such template", name)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, part, data); err != nil {
		return nil, fmt.Errorf("draw page %s: %w", name, err)
	}
	return b.Bytes(), nil
}
