package enrol

import (
	"cmp"
	_ "embed" // for the page
	"encoding/json"
	"html/template"
	"io"
	"net/http"

	"portaria/edge/internal/tongue"
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

// screen is what the page shows, in the language that was chosen, or that the browser speaks.
type screen struct {
	Tag     string
	Tags    []string
	Big     string
	Say     string
	Words   []string
	Trouble string
}

func (g *Gate) screen(r *http.Request) screen {
	status, _ := g.Status()
	words := tongue.Accepted(r.Header.Get("Accept-Language"))
	if chosen := r.FormValue("lang"); chosen != "" {
		words = tongue.Of(chosen)
	}
	name := map[string]string{Searching: "searching", Comparing: "compare", Joined: "joined"}[status.Phase]
	phrase := words.Joining[cmp.Or(name, "new")]
	s := screen{Tag: words.Tag, Tags: tongue.Tags, Big: phrase.Word, Say: phrase.Why, Words: status.Words}
	if status.Phase == Joined {
		s.Big = status.Name
	}
	if status.Trouble != "" {
		s.Trouble = words.Joining[status.Trouble].Word + ". " + words.Joining[status.Trouble].Why
	}
	return s
}

func (g *Gate) servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "no-store")
	_ = page.Execute(w, g.screen(r)) // who hung up can't be told
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
