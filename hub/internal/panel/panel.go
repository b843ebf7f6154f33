// Package panel is the venue's page, which works with no internet: lanes, people in and out, what needs a person, doors to
// open and close, gates to wait for or exclude. It shows what the hub says and hands on what people want; it decides
// nothing but who may ask.
package panel

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

//go:embed static
var staticFiles embed.FS

// Config is what the panel needs.
type Config struct {
	House House
	Now   func() time.Time
	Log   *slog.Logger
}

const (
	beat      = time.Second
	writeTime = 5 * time.Second
	maxBody   = 8 << 10
	pageSize  = 50
	maxStream = 64 // pages that listen at once
)

type panel struct {
	Config
	pages    pages
	sessions *sessions
	streams  chan struct{}
}

// Handler serves the panel. It refuses forms that come from other sites.
func Handler(cfg Config) (http.Handler, error) {
	p := &panel{Config: cfg, sessions: newSessions(cfg.Now), streams: make(chan struct{}, maxStream)}
	var err error
	if p.pages, err = parsePages(); err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil)
	r.Use(p.recovery, headers)
	p.routes(r)
	sameSite := http.NewCrossOriginProtection()
	sameSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, languageOf(r).say("cross site"), http.StatusForbidden)
	}))
	return sameSite.Handler(r), nil
}

func (p *panel) routes(r *gin.Engine) {
	static, _ := fs.Sub(staticFiles, "static")
	r.StaticFS("/static", http.FS(static))
	r.GET("/sign-on", p.showSignOn)
	r.POST("/sign-on", p.signOn)
	r.POST("/language", p.setLanguage)
	in := r.Group("/", p.signedOn)
	in.GET("/", func(c *gin.Context) { p.render(c, http.StatusOK, "live", p.live(p.frameOf(c, "live"))) })
	in.GET("/live", p.stream)
	in.GET("/doors", func(c *gin.Context) { p.render(c, http.StatusOK, "doors", p.doors(p.frameOf(c, "doors"))) })
	in.GET("/incidents", p.incidents)
	in.GET("/gates", func(c *gin.Context) { p.render(c, http.StatusOK, "gates", gatesPage{p.frameOf(c, "gates")}) })
	in.GET("/export/counts.csv", p.exportCounts)
	in.GET("/export/events.csv", p.exportEvents)
	in.POST("/sign-off", func(c *gin.Context) { p.sessions.end(c.Writer, c.Request); c.Redirect(http.StatusSeeOther, "/sign-on") })
	in.POST("/doors", p.orderDoor)
	in.POST("/lanes", p.tell)
	in.POST("/incidents/:number", p.acknowledge)
	in.POST("/machines/:gate/:act", p.gate)
	in.POST("/join", func(c *gin.Context) {
		p.act(c, Invite{Gate: c.PostForm("gate"), Door: c.PostForm("door"), Replace: c.PostForm("replace") != ""}, "/gates#join")
	})
	in.POST("/settle/:scan/:end", p.settle)
	r.NoRoute(func(c *gin.Context) { p.fail(c, http.StatusNotFound, languageOf(c.Request).say("not found")) })
}

func (p *panel) recovery(c *gin.Context) {
	defer func() {
		if err := recover(); err != nil {
			p.Log.Error("the panel failed", "page", c.FullPath(), "why", err)
			c.String(http.StatusInternalServerError, "%s", languageOf(c.Request).say("crashed"))
			c.Abort()
		}
	}()
	c.Next()
}

func headers(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

// today begins at six in the morning of the venue's last six o'clock: a night that ends at three is one evening.
func (p *panel) today() time.Time {
	now := p.Now()
	start := time.Date(now.Year(), now.Month(), now.Day(), 6, 0, 0, 0, now.Location())
	if start.After(now) {
		start = start.AddDate(0, 0, -1)
	}
	return start
}

func (p *panel) signedOn(c *gin.Context) {
	if _, ok := p.sessions.who(c.Request); ok {
		return
	}
	if c.Request.Method != http.MethodGet || c.FullPath() == "/live" {
		p.fail(c, http.StatusUnauthorized, languageOf(c.Request).say("sign-on"))
	} else {
		c.Redirect(http.StatusSeeOther, "/sign-on")
	}
	c.Abort()
}

func (p *panel) showSignOn(c *gin.Context) {
	p.render(c, http.StatusOK, "sign-on", signOnPage{frame: p.frameOf(c, "sign-on")})
}

func (p *panel) signOn(c *gin.Context) {
	number, l := strings.TrimSpace(c.PostForm("number")), languageOf(c.Request)
	var fault string
	if wait := p.sessions.wait(c.Request, number); wait > 0 {
		fault = l.say("wait", l.age(wait+time.Second))
	} else {
		who, err := p.House.SignOn(c.Request.Context(), number, strings.TrimSpace(c.PostForm("pin")))
		if err == nil {
			p.sessions.worked(c.Request, number)
			p.sessions.begin(c.Writer, c.Request, who)
			p.Log.Info("somebody signs on at the hub's page", "who", who.Name, "from", address(c.Request))
			c.Redirect(http.StatusSeeOther, "/")
			return
		}
		p.sessions.failed(c.Request, number)
		p.Log.Warn("somebody could not sign on at the hub's page", "number", number, "from", address(c.Request), "why", err)
		fault = l.say("wrong pin")
		if errors.Is(err, ErrNoSecret) {
			fault = l.say("no secret")
		}
	}
	p.render(c, http.StatusUnprocessableEntity, "sign-on", signOnPage{frame: p.frameOf(c, "sign-on"), Number: number, Fault: fault})
}

func (p *panel) setLanguage(c *gin.Context) {
	http.SetCookie(c.Writer, &http.Cookie{Name: "portaria-language", Value: c.PostForm("tag"), Path: "/", MaxAge: 365 * 86400,
		SameSite: http.SameSiteStrictMode, Secure: c.Request.TLS != nil, HttpOnly: true})
	c.Redirect(http.StatusSeeOther, "/")
}

func (p *panel) fail(c *gin.Context, status int, why string) {
	p.render(c, status, "fault", faultPage{p.frameOf(c, "refused"), why})
}

// act carries something out, and leads back to a page.
func (p *panel) act(c *gin.Context, act Act, back string) {
	who, _ := p.sessions.who(c.Request)
	if !allowed(who, act) {
		p.fail(c, http.StatusForbidden, languageOf(c.Request).say("not yours"))
		return
	}
	if err := p.House.Do(c.Request.Context(), who, act); err != nil {
		p.fail(c, http.StatusConflict, err.Error())
		return
	}
	p.Log.Info("somebody acts at the hub's page", "who", who.Name, "what", fmt.Sprintf("%T%+v", act, act))
	c.Redirect(http.StatusSeeOther, back)
}

func (p *panel) orderDoor(c *gin.Context) {
	act := OrderDoor{Door: c.PostForm("door"), Mode: whitelist.Mode(c.PostForm("mode"))}
	query := url.Values{"done": {"1"}, "door": {act.Door}, "is": {string(act.Mode)}, "was": {string(p.orderOf(act.Door))}}
	p.act(c, act, "/doors?"+query.Encode())
}

// orderOf is the order in force about a door; empty = as configured.
func (p *panel) orderOf(door string) whitelist.Mode {
	for _, d := range p.House.Look(p.Now()).Doors {
		if d.Order == nil {
			continue
		}
		if d.ID == door || door == wire.EveryDoor && d.Order.Checkpoint == wire.EveryDoor {
			return d.Order.Mode
		}
	}
	return ""
}

func (p *panel) tell(c *gin.Context) {
	gate, lane, _ := strings.Cut(c.PostForm("lane"), " ")
	if gate != "" {
		p.act(c, Tell{gate, atoi(lane), c.PostForm("text")}, "/doors?done=1")
		return
	}
	p.act(c, Tell{Text: c.PostForm("text")}, "/doors?done=1")
}

func (p *panel) acknowledge(c *gin.Context) {
	number, _ := strconv.ParseInt(c.Param("number"), 10, 64)
	p.act(c, Acknowledge{number, c.PostForm("note")}, "/incidents?done=1")
}

func (p *panel) gate(c *gin.Context) {
	switch c.Param("act") {
	case "exclude":
		p.act(c, Exclude{c.Param("gate"), c.PostForm("old-hub") == "off"}, "/gates?done=1")
	case "readmit":
		p.act(c, Readmit{c.Param("gate")}, "/gates?done=1")
	case "approve":
		act := Approve{Gate: c.Param("gate")}
		copy(act.Words[:], strings.Fields(c.PostForm("words")))
		p.act(c, act, "/gates?done=1")
	case "refuse":
		p.act(c, Refuse{c.Param("gate")}, "/gates?done=1")
	case "remove":
		p.act(c, Remove{c.Param("gate"), c.PostForm("stolen") == "1"}, "/gates?done=1")
	default:
		p.fail(c, http.StatusNotFound, languageOf(c.Request).say("not found"))
	}
}

func (p *panel) settle(c *gin.Context) {
	end := c.Param("end")
	if end != "entered" && end != "stayed" {
		p.fail(c, http.StatusNotFound, languageOf(c.Request).say("not found"))
		return
	}
	p.act(c, Settle{c.Param("scan"), end == "entered"}, "/gates?done=1")
}

func (p *panel) incidents(c *gin.Context) {
	page := incidentsPage{frame: p.frameOf(c, "incidents")}
	before := int64(atoi(c.Query("before")))
	var done = page.View.Done[:0:0]
	for _, i := range page.View.Done {
		if before == 0 || i.Number < before {
			done = append(done, i)
		}
	}
	if len(done) > pageSize {
		done = done[:pageSize]
		page.Older = done[pageSize-1].Number
	}
	page.View.Done = done
	p.render(c, http.StatusOK, "incidents", page)
}

// stream sends the live part of the page once a second, for as long as somebody looks and stays signed on.
func (p *panel) stream(c *gin.Context) {
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		c.String(http.StatusServiceUnavailable, "too many pages listen")
		return
	}
	c.Header("Content-Type", "text/event-stream")
	if err := p.send(c.Request.Context(), c); err != nil {
		p.Log.Debug("a page left", "why", err)
	}
}

func (p *panel) send(ctx context.Context, c *gin.Context) error {
	out := http.NewResponseController(c.Writer)
	ticks := time.NewTicker(beat)
	defer ticks.Stop()
	for {
		if _, ok := p.sessions.who(c.Request); !ok {
			return nil
		}
		var html strings.Builder
		if err := p.pages["live"].ExecuteTemplate(&html, "now", p.live(p.frameOf(c, "live"))); err != nil {
			return err
		}
		raw, err := json.Marshal(template.HTML(html.String())) //nolint:gosec // our own template made it
		if err != nil {
			return err
		}
		if err := out.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(c.Writer, "retry: 1000\ndata: %s\n\n", raw); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}
