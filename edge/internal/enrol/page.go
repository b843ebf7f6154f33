package enrol

import (
	_ "embed" // for the page
	"encoding/json"
	"html/template"
	"io"
	"net/http"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// maxCode is how long a posted code may be, in bytes.
const maxCode = 1 << 10

// Handler serves the gate's screen while it joins: GET / and GET /lane/<n> for people, GET /status for programs, and
// POST /enrol with a code as its body. GET /healthz fails: the gate serves nobody yet.
func (g *Gate) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", g.servePage)
	mux.HandleFunc("GET /status", g.serveStatus)
	mux.HandleFunc("POST /enrol", g.serveCode)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "This gate has not joined a hub yet.", http.StatusServiceUnavailable)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func (g *Gate) servePage(w http.ResponseWriter, _ *http.Request) {
	status, _ := g.Status()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "no-store")
	_ = page.Execute(w, status) // who hung up can't be told
}

// serveStatus has the shape of a gate's status with one field more, so that programs see at once which they talk to.
func (g *Gate) serveStatus(w http.ResponseWriter, _ *http.Request) {
	status, _ := g.Status()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{"enrol": status}) // who hung up can't be told
}

func (g *Gate) serveCode(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCode))
	if err == nil {
		err = g.Offer(string(raw))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
