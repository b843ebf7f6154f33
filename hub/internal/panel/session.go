package panel

import (
	"crypto/rand"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	cookieName  = "portaria-hub"
	sessionTime = 12 * time.Hour
	maxSessions = 500
	// Tries that fail make the next one wait: 1 s after the third, then twice as long each time.
	freeTries = 3
	maxWait   = 5 * time.Minute
)

// sessions are of people who have signed on, in memory: a hub that starts asks everybody again.
type sessions struct {
	now func() time.Time

	mu    sync.Mutex
	byKey map[string]session
	tries map[string]*tries // by address, and by number
}

type session struct {
	who   Person
	until time.Time
}

type tries struct {
	failed int
	until  time.Time // no try before
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byKey: map[string]session{}, tries: map[string]*tries{}}
}

func (s *sessions) who(r *http.Request) (Person, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return Person{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byKey[cookie.Value]
	if !ok || s.now().After(found.until) {
		delete(s.byKey, cookie.Value)
		return Person{}, false
	}
	return found.who, true
}

func (s *sessions) begin(w http.ResponseWriter, r *http.Request, who Person) {
	key := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byKey) >= maxSessions {
		s.sweep()
	}
	s.byKey[key] = session{who, s.now().Add(sessionTime)}
	http.SetCookie(w, cookie(r, key, int(sessionTime/time.Second)))
}

// sweep drops what is over; when that makes no room, everybody signs on anew.
func (s *sessions) sweep() {
	for key, found := range s.byKey {
		if s.now().After(found.until) {
			delete(s.byKey, key)
		}
	}
	if len(s.byKey) >= maxSessions {
		clear(s.byKey)
	}
}

func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		delete(s.byKey, cookie.Value)
		s.mu.Unlock()
	}
	http.SetCookie(w, cookie(r, "", -1))
}

func cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil}
}

// wait is how long a try must wait, by where it comes from and whom it names: one address can't try many people, nor
// many addresses one person, but neither locks a person out for longer than maxWait.
func (s *sessions) wait(r *http.Request, number string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var longest time.Duration
	for _, key := range []string{address(r), "number " + number} {
		if t := s.tries[key]; t != nil {
			longest = max(longest, t.until.Sub(s.now()))
		}
	}
	return longest
}

func (s *sessions) failed(r *http.Request, number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tries) > 10_000 {
		clear(s.tries)
	}
	for _, key := range []string{address(r), "number " + number} {
		t := s.tries[key]
		if t == nil {
			t = &tries{}
			s.tries[key] = t
		}
		t.failed++
		if over := t.failed - freeTries; over >= 0 {
			t.until = s.now().Add(min(maxWait, time.Second<<min(over, 20)))
		}
	}
}

func (s *sessions) worked(r *http.Request, number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tries, address(r))
	delete(s.tries, "number "+number)
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
