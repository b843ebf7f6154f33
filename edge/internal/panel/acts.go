package panel

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"portaria/edge/admit"
	"portaria/edge/internal/duty"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/tongue"
)

// Staff is who may do what at a lane.
type Staff interface {
	SignOn(ctx context.Context, lane int, who duty.Login) error
	SignOff(ctx context.Context, lane int) error
	Override(ctx context.Context, lane int, reason string, who *duty.Login) error
	Settle(ctx context.Context, lane int, scan admit.ScanID, entered bool, who *duty.Login) error
	Cancel(lane int) // nobody waits for a supervisor's badge any more
}

// Lanes do what needs no supervisor.
type Lanes interface {
	Look(ctx context.Context, lane int, text string) (lane.Found, error)
	Typed(ctx context.Context, lane int, text string) // as if the lane's scanner had read it
	Tested(ctx context.Context, lane int)
}

// OverrideReasons are what a supervisor chooses from; the journal keeps these names, the page says them in words.
var OverrideReasons = []string{"organizer", "document", "damaged", "came_out", "system", "help", "other"}

const (
	maxBody  = 2 << 10 // bytes
	maxTyped = 200     // characters of a typed code: a signed one has 122
)

// answer is what an act gives back; Say is a sentence for people.
type answer struct {
	OK    bool    `json:"ok"`
	Say   string  `json:"say,omitempty"`
	Found *Lookup `json:"found,omitempty"`
}

func (p *panel) acts(r gin.IRouter) {
	at := r.Group("/lane/:lane", p.acting)
	at.POST("/duty", p.signOn)
	at.DELETE("/duty", p.signOff)
	at.POST("/override", p.override)
	at.DELETE("/override", p.cancel)
	at.POST("/settle", p.settle)
	at.POST("/look", p.look)
	at.POST("/type", p.typed)
	at.POST("/test", p.test)
	at.GET("/more", p.more)
}

// body decodes a small JSON body strictly, and answers 400 itself.
func body(c *gin.Context, into any) bool {
	in := json.NewDecoder(io.LimitReader(c.Request.Body, maxBody))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil {
		c.JSON(http.StatusBadRequest, answer{Say: "This request cannot be read."})
		return false
	}
	return true
}

// login is what a person typed, nil where they will show a badge.
type login struct {
	Number int    `json:"number"`
	PIN    string `json:"pin"`
}

func (l login) typed() *duty.Login {
	if l.Number == 0 && l.PIN == "" {
		return nil
	}
	return &duty.Login{Number: l.Number, PIN: l.PIN}
}

func (p *panel) signOn(c *gin.Context) {
	var asked login
	if body(c, &asked) {
		p.reply(c, p.Staff.SignOn(c.Request.Context(), p.number(c), duty.Login(asked)))
	}
}

func (p *panel) signOff(c *gin.Context) {
	p.reply(c, p.Staff.SignOff(c.Request.Context(), p.number(c)))
}

func (p *panel) override(c *gin.Context) {
	var asked struct {
		login
		Reason string `json:"reason"`
	}
	if !body(c, &asked) {
		return
	}
	if !slices.Contains(OverrideReasons, asked.Reason) {
		c.JSON(http.StatusUnprocessableEntity, answer{Say: "Choose a reason."})
		return
	}
	p.reply(c, p.Staff.Override(c.Request.Context(), p.number(c), asked.Reason, asked.typed()))
}

func (p *panel) cancel(c *gin.Context) {
	p.Staff.Cancel(p.number(c))
	c.JSON(http.StatusOK, answer{OK: true})
}

func (p *panel) settle(c *gin.Context) {
	var asked struct {
		login
		Scan    string `json:"scan"`
		Entered bool   `json:"entered"`
	}
	if !body(c, &asked) {
		return
	}
	var scan admit.ScanID
	raw, err := hex.DecodeString(asked.Scan)
	if err != nil || len(raw) != len(scan) {
		c.JSON(http.StatusUnprocessableEntity, answer{Say: "No scan of that number."})
		return
	}
	copy(scan[:], raw)
	p.reply(c, p.Staff.Settle(c.Request.Context(), p.number(c), scan, asked.Entered, asked.typed()))
}

// staffed refuses what a person on duty may do, while nobody is: the panel of an empty lane tells nobody which codes
// are good.
func (p *panel) staffed(c *gin.Context) bool {
	for _, l := range p.Gate.Status().Lanes {
		if l.Lane == p.number(c) && l.Controller != "" {
			return true
		}
	}
	c.JSON(http.StatusForbidden, answer{Say: p.words(c).Page["sign_on_first"]})
	return false
}

func (p *panel) look(c *gin.Context) {
	text, ok := p.code(c)
	if !ok {
		return
	}
	found, err := p.Lanes.Look(c.Request.Context(), p.number(c), text)
	if err != nil {
		p.reply(c, err)
		return
	}
	shown := p.lookup(c, found)
	c.JSON(http.StatusOK, answer{OK: true, Found: &shown})
}

func (p *panel) typed(c *gin.Context) {
	if text, ok := p.code(c); ok {
		p.Lanes.Typed(c.Request.Context(), p.number(c), text)
		c.JSON(http.StatusOK, answer{OK: true})
	}
}

func (p *panel) code(c *gin.Context) (string, bool) {
	var asked struct {
		Text string `json:"text"`
	}
	if !body(c, &asked) || !p.staffed(c) {
		return "", false
	}
	if asked.Text == "" || len(asked.Text) > maxTyped {
		c.JSON(http.StatusUnprocessableEntity, answer{Say: p.words(c).Reasons[admit.Unreadable].Word})
		return "", false
	}
	return asked.Text, true
}

func (p *panel) test(c *gin.Context) {
	p.Lanes.Tested(c.Request.Context(), p.number(c))
	c.JSON(http.StatusOK, answer{OK: true})
}

// words is the language of the screen that asks.
func (p *panel) words(c *gin.Context) *tongue.Words {
	for _, l := range p.Gate.Status().Lanes {
		if l.Lane == p.number(c) {
			return tongue.Of(or(c.Query("lang"), l.Language))
		}
	}
	return tongue.Of(c.Query("lang"))
}

// sentences are what a refused act says.
var sentences = []struct {
	err error
	key string
}{{duty.ErrWho, "wrong_login"}, {duty.ErrDoor, "wrong_door"}, {duty.ErrSupervisor, "only_supervisor"}, {duty.ErrNobody, "nobody_known"},
	{lane.ErrNothingRefused, "nothing_refused"}, {lane.ErrStillRefused, "still_refused"}, {lane.ErrNotUnknown, "settled_already"}}

// reply tells how an act ended.
func (p *panel) reply(c *gin.Context, err error) {
	if err == nil {
		c.JSON(http.StatusOK, answer{OK: true})
		return
	}
	words := p.words(c)
	if many := (duty.TooMany{}); errors.As(err, &many) {
		d := drawing{words: words}
		c.JSON(http.StatusTooManyRequests, answer{Say: fmt.Sprintf(words.Page["too_many"], d.age(many.Wait.Milliseconds()+999))})
		return
	}
	for _, s := range sentences {
		if errors.Is(err, s.err) {
			c.JSON(http.StatusConflict, answer{Say: words.Page[s.key]})
			return
		}
	}
	p.Log.Warn("an act at the panel failed", "act", c.FullPath(), "why", err)
	c.JSON(http.StatusServiceUnavailable, answer{Say: words.Page["failed"]})
}
