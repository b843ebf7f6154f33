package panel

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// Whoever stands at the gate may act: requests from this machine, which also name it (a page on the internet can make a
// browser here send anything, but not under this name). A screen elsewhere must show the access code first. Everybody
// else only sees.

const (
	sessionName = "portaria_panel"
	sessionLife = 12 * time.Hour
	maxSessions = 32
	loginPause  = time.Second // between two wrong access codes, whoever tries
)

// sessions are the screens elsewhere that have shown the access code.
type sessions struct {
	mu    sync.Mutex
	ends  map[[sha256.Size]byte]time.Time
	wrong time.Time
}

func (s *sessions) open() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // ends the program rather than fail
	id := hex.EncodeToString(raw[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends == nil {
		s.ends = map[[sha256.Size]byte]time.Time{}
	}
	for key, end := range s.ends {
		if len(s.ends) >= maxSessions || time.Now().After(end) {
			delete(s.ends, key)
		}
	}
	s.ends[sha256.Sum256([]byte(id))] = time.Now().Add(sessionLife)
	return id
}

func (s *sessions) good(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, known := s.ends[sha256.Sum256([]byte(id))]
	return known && time.Now().Before(end)
}

// try says whether an access code may be tried now.
func (s *sessions) try() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.wrong) >= loginPause
}

func (s *sessions) failed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = time.Now()
}

// mayAct says whether a request comes from somebody who stands at the gate, or from a screen that showed the code.
func (p *panel) mayAct(r *http.Request) bool {
	if atTheGate(r) {
		return true
	}
	cookie, err := r.Cookie(sessionName)
	return err == nil && p.AccessCode != "" && p.sessions.good(cookie.Value)
}

func atTheGate(r *http.Request) bool {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	host, _, errHost := net.SplitHostPort(r.Host)
	if errHost != nil {
		host = r.Host
	}
	return err == nil && loopback(from) && (host == "localhost" || loopback(host))
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// acting lets only those through who may act.
func (p *panel) acting(c *gin.Context) {
	if !p.mayAct(c.Request) {
		c.AbortWithStatusJSON(http.StatusForbidden, answer{Say: "Only at the gate itself, or with its access code."})
		return
	}
	c.Next()
}

// login takes the access code of a screen elsewhere.
func (p *panel) login(c *gin.Context) {
	var asked struct {
		Code string `json:"code"`
	}
	if !body(c, &asked) {
		return
	}
	if p.AccessCode == "" || !p.sessions.try() {
		c.JSON(http.StatusTooManyRequests, answer{Say: "Not now."})
		return
	}
	given, want := sha256.Sum256([]byte(asked.Code)), sha256.Sum256([]byte(p.AccessCode))
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		p.sessions.failed()
		p.Log.Warn("a wrong access code at the panel", "from", c.Request.RemoteAddr)
		c.JSON(http.StatusForbidden, answer{Say: "Wrong access code."})
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{Name: sessionName, Value: p.sessions.open(), Path: "/", MaxAge: int(sessionLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: c.Request.TLS != nil})
	c.JSON(http.StatusOK, answer{OK: true})
}
