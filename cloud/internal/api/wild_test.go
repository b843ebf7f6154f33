package api_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"portaria/cloud/internal/api"
)

// schema is as much of JSON Schema as the document uses.
type schema struct {
	Ref        string `yaml:"$ref"`
	Type       any
	Properties map[string]schema
	Items      *schema
	Enum       []any
	Format     string
}

type wildOperation struct {
	Parameters  []struct{ Name, In string }
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	} `yaml:"requestBody"`
}

type wildDocument struct {
	Paths      map[string]map[string]wildOperation
	Components struct{ Schemas map[string]schema }
}

// wild makes inputs that fit a schema now and then, and break it in every way otherwise.
type wild struct {
	*rand.Rand
	document wildDocument
	ids      []string
}

var strange = []any{
	nil, true, "", " ", "x", "\x00", "\u202e", "😀", "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd",
	strings.Repeat("ç", 300), 0, 1, -1, 3, 255, 256, 65536, 1 << 31, 1 << 40, -(1 << 63), 1e300, 0.5,
	"2027-01-15T20:00:00-03:00", "2027-01-15T23:00:00-03:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
	"2027-02-30T00:00:00Z", "BRL", "UTC", "pt-BR", "ana@example.org", "00000000-0000-0000-0000-000000000000",
	"ffffffff-ffff-ffff-ffff-ffffffffffff", []any{}, map[string]any{}, []any{nil}, map[string]any{"a": []any{}},
}

func (w *wild) value(s schema, depth int) any {
	if s.Ref != "" {
		s = w.document.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	if depth > 4 || w.IntN(12) == 0 {
		return strange[w.IntN(len(strange))]
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[w.IntN(len(s.Enum))]
	case s.Properties != nil:
		return w.object(s, depth)
	case s.Items != nil:
		list := make([]any, w.IntN(4))
		for i := range list {
			list[i] = w.value(*s.Items, depth+1)
		}
		return list
	case s.Type == "boolean":
		return w.IntN(2) == 0
	case s.Type == "integer":
		return []any{0, 1, 2, 10, 255, 65536, 1 << 31, -1}[w.IntN(8)]
	case s.Type == "string" && w.IntN(3) == 0:
		return w.ids[w.IntN(len(w.ids))]
	default:
		return strange[w.IntN(len(strange))]
	}
}

func (w *wild) object(s schema, depth int) map[string]any {
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[name]
		if w.IntN(10) > 0 {
			object[name] = w.value(property, depth+1)
		}
	}
	if w.IntN(20) == 0 {
		object["colour"] = "red"
	}
	return object
}

func (w *wild) address(path string, o wildOperation) string {
	var query []string
	for _, p := range o.Parameters {
		text := []string{w.ids[w.IntN(len(w.ids))], "x", "", "%00", "-1", "99999999999999999999", "%F0%9F%98%80", "1.2"}[w.IntN(8)]
		switch p.In {
		case "path":
			if text == "" || w.IntN(2) == 0 {
				text = w.ids[w.IntN(len(w.ids))]
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", text)
		case "query":
			if w.IntN(2) == 0 {
				query = append(query, p.Name+"="+text)
			}
		}
	}
	return path + "?" + strings.Join(query, "&")
}

// Whatever is sent, the answer is never that something failed on our side.
func TestNoInputIsOurFault(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	order := h.buy(key, e.offer, 1)
	raw, err := api.Document()
	require.NoError(t, err)
	w := &wild{
		Rand: rand.New(rand.NewPCG(7, 7)),
		ids:  []string{e.venue, e.event, e.offer, order["id"].(string), firstID(h.must(key, "GET", "/tickets", nil))},
	}
	require.NoError(t, yaml.Unmarshal(raw, &w.document))
	for _, id := range gateIDs(h, key, e) {
		w.ids = append(w.ids, id)
	}
	tried := map[bool]int{}
	for _, path := range slices.Sorted(maps.Keys(w.document.Paths)) {
		if strings.HasPrefix(path, "/keys") { // it would take its own key away
			continue
		}
		for _, method := range slices.Sorted(maps.Keys(w.document.Paths[path])) {
			o := w.document.Paths[path][method]
			for range 25 {
				var body any
				if content, ok := o.RequestBody.Content["application/json"]; ok {
					body = w.value(content.Schema, 0)
				}
				at := w.address(path, o)
				a := h.ask(wildKey(key, path), strings.ToUpper(method), at, body)
				require.Less(t, a.status, 500, "%s %s %v: %s", method, at, body, a.body)
				if a.status >= 400 {
					require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "%s %s: %s", method, at, a.body)
				}
				tried[a.status < 300]++
			}
		}
	}
	require.Greater(t, tried[true], 50, "some of it must be right, or nothing was tested")
	require.Greater(t, tried[false], 200)
}

func wildKey(key, path string) string {
	if path == "/organizers" {
		return platformToken
	}
	return key
}
