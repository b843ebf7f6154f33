// Package panel is a gate's face: the full-screen verdict of each lane, what the people at it may do, and read-only pages
// for programs.
//
// It shows what package lane says and decides nothing: who may do what is for package duty, what it does for the gate.
// Only who stands at the gate may act here, or a screen that has shown the gate's access code.
package panel

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"portaria/edge/internal/lane"
	"portaria/edge/internal/tongue"
)

//go:embed page.html
var pageText string

//go:embed static
var files embed.FS

var page = template.Must(template.New("page").Parse(pageText))

// Gate is what the panel shows.
type Gate interface {
	Status() lane.Status
	Changed() <-chan struct{} // closed at the next change of Status
}

// Config is what a panel needs.
type Config struct {
	Gate       Gate
	Staff      Staff // nil = nobody can act here
	Lanes      Lanes
	Board      Board  // nil when no lane is on a simulated board: a real one has contacts of its own
	AccessCode string // with which a screen elsewhere may act; empty = only at the gate
	Log        *slog.Logger
}

// The panel's own promises about time: a screen hears at least once a second, and one that cannot take a message
// within writeTime is let go.
const (
	beat      = time.Second
	writeTime = 5 * time.Second
)

// Handler serves a panel.
func Handler(cfg Config) http.Handler {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(recovery(cfg.Log), headers)
	p := &panel{Config: cfg, screens: make(chan struct{}, maxScreens)}
	r.GET("/", p.page)
	r.GET("/lane/:lane", p.page)
	r.GET("/lane/:lane/live", p.live)
	r.GET("/status", func(c *gin.Context) { c.IndentedJSON(http.StatusOK, cfg.Gate.Status()) })
	r.GET("/healthz", p.health)
	r.GET("/metrics", gin.WrapH(promhttp.HandlerFor(registry(cfg.Gate), promhttp.HandlerOpts{})))
	r.GET("/words", func(c *gin.Context) { c.JSON(http.StatusOK, tongue.Of(c.Query("lang")).Page) })
	r.POST("/login", p.login)
	if cfg.Staff != nil {
		p.acts(r)
	}
	if cfg.Board != nil {
		p.board(r)
	}
	static, _ := fs.Sub(files, "static")
	r.StaticFS("/static", http.FS(static))
	return http.NewCrossOriginProtection().Handler(r)
}

type panel struct {
	Config
	sessions sessions
	screens  chan struct{} // one for each that listens
}

// maxScreens is how many screens may listen at once: who opens more of them than a venue has is no screen.
const maxScreens = 64

func recovery(log *slog.Logger) gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, err any) {
		log.Error("the panel failed", "page", c.FullPath(), "why", err)
		c.AbortWithStatus(http.StatusInternalServerError)
	})
}

func headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	c.Next()
}

// number is the lane in the address; without one, the gate's first.
func (p *panel) number(c *gin.Context) int {
	if n, err := strconv.Atoi(c.Param("lane")); err == nil {
		return n
	}
	if lanes := p.Gate.Status().Lanes; c.Param("lane") == "" && len(lanes) > 0 {
		return lanes[0].Lane
	}
	return -1
}

func (p *panel) page(c *gin.Context) {
	number := p.number(c)
	view, ok := See(p.Gate.Status(), number, c.Query("lang"))
	if !ok {
		c.String(http.StatusNotFound, "this gate has no such lane")
		return
	}
	c.Header("Content-Type", "text/html; charset=utf-8")
	live := fmt.Sprintf("/lane/%d/live?lang=%s", number, template.URLQueryEscaper(c.Query("lang")))
	if err := page.Execute(c.Writer, struct {
		View
		Live, Acts, Query string
		Page              map[string]string
		Reasons           []string
		MayAct, MayLogIn  bool
	}{view, live, fmt.Sprintf("/lane/%d/", number), "?lang=" + template.URLQueryEscaper(c.Query("lang")), tongue.Of(view.Language).Page, OverrideReasons,
		p.Staff != nil && p.mayAct(c.Request), p.Staff != nil && p.AccessCode != ""}); err != nil {
		p.Log.Debug("a page was not sent", "why", err)
	}
}

// live sends the lane's view at every change and once a second, for as long as the screen listens.
func (p *panel) live(c *gin.Context) {
	number, language := p.number(c), c.Query("lang")
	if _, ok := See(p.Gate.Status(), number, language); !ok {
		c.String(http.StatusNotFound, "this gate has no such lane")
		return
	}
	select {
	case p.screens <- struct{}{}:
		defer func() { <-p.screens }()
	default:
		c.String(http.StatusServiceUnavailable, "too many screens listen to this gate")
		return
	}
	c.Header("Content-Type", "text/event-stream")
	if err := p.stream(c.Request.Context(), c.Writer, number, language); err != nil {
		p.Log.Debug("a screen left", "why", err)
	}
}

func (p *panel) stream(ctx context.Context, w http.ResponseWriter, number int, language string) error {
	out := http.NewResponseController(w)
	if _, err := fmt.Fprint(w, "retry: 500\n\n"); err != nil {
		return err
	}
	ticks := time.NewTicker(beat)
	defer ticks.Stop()
	for {
		changed := p.Gate.Changed() // before Status, or a change between the two would be missed
		view, _ := See(p.Gate.Status(), number, language)
		raw, err := json.Marshal(view)
		if err != nil {
			return err
		}
		if err := out.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", raw); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-ticks.C:
		}
	}
}

// health is 200 while guests can be judged: at least one list is whole.
func (p *panel) health(c *gin.Context) {
	st := p.Gate.Status()
	for _, l := range st.Lists {
		if l.Ready {
			c.String(http.StatusOK, "ok\n")
			return
		}
	}
	c.String(http.StatusServiceUnavailable, "no list yet\n")
}
