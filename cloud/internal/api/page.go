package api

import (
	"cmp"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

//go:embed page
var files embed.FS

var pages = template.Must(template.ParseFS(files, "page/*.html"))

// reader is the readable form of the document.
type reader struct {
	Title, Description string
	Operations         []readable
	Schemas            []schemaText
}

type readable struct {
	Method, Path, Summary, Description, Tag string
	Parameters                              []*huma.Param
	Body, Answer                            string // names of schemas
}

type schemaText struct{ Name, JSON string }

// page serves the readable page, its style and the list of problems. None needs another host.
func (s *server) page(engine *gin.Engine) {
	document := read(s.OpenAPI())
	engine.GET(Base, func(c *gin.Context) { show(c, "reference.html", document) })
	engine.GET(Base+"/problems", func(c *gin.Context) { show(c, "problems.html", listed()) })
	engine.GET(Base+"/style.css", func(c *gin.Context) {
		css, _ := files.ReadFile("page/style.css") // embedded
		c.Data(http.StatusOK, "text/css; charset=utf-8", css)
	})
}

func show(c *gin.Context, name string, data any) {
	var out strings.Builder
	if err := pages.ExecuteTemplate(&out, name, data); err != nil {
		writeProblem(c, internalProblem())
		return
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(out.String()))
}

func read(doc *huma.OpenAPI) reader {
	r := reader{Title: doc.Info.Title, Description: doc.Info.Description}
	for path, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if o != nil {
				r.Operations = append(r.Operations, readOperation(path, o))
			}
		}
	}
	slices.SortFunc(r.Operations, func(a, b readable) int {
		return cmp.Or(cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	for name, schema := range doc.Components.Schemas.Map() {
		text, err := json.MarshalIndent(schema, "", "  ")
		if err == nil {
			r.Schemas = append(r.Schemas, schemaText{Name: name, JSON: string(text)})
		}
	}
	slices.SortFunc(r.Schemas, func(a, b schemaText) int { return cmp.Compare(a.Name, b.Name) })
	return r
}

func readOperation(path string, o *huma.Operation) readable {
	r := readable{
		Method: o.Method, Path: Base + path, Summary: o.Summary, Description: o.Description,
		Tag: strings.Join(o.Tags, ", "), Parameters: o.Parameters,
	}
	if o.RequestBody != nil {
		r.Body = schemaName(o.RequestBody.Content)
	}
	for status, response := range o.Responses {
		if strings.HasPrefix(status, "2") {
			r.Answer = schemaName(response.Content)
		}
	}
	return r
}

func schemaName(content map[string]*huma.MediaType) string {
	media := content["application/json"]
	if media == nil || media.Schema == nil {
		return ""
	}
	return strings.TrimPrefix(media.Schema.Ref, "#/components/schemas/")
}
