package acquirer

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"portaria/cloud/internal/locale"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed acquirer.css
	pageCSS []byte

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
)

// view is what the page shows.
type view struct {
	Charge
	locale.Locale
	Price   string
	Open    bool
	Actions []action
}

// action is a button of the page: what to do with the charge.
type action struct {
	Name, Style string
	to          State
	late        bool
	notices     int
}

var actions = []action{
	{Name: "approve", Style: "go", to: Paid, notices: 1},
	{Name: "decline", Style: "stop", to: Declined, notices: 1},
	{Name: "late", to: Paid, late: true, notices: 1},
	{Name: "lost", to: Paid, notices: 0},
	{Name: "double", to: Paid, notices: 2},
}

// guard sets what keeps the page from being framed, scripted or remembered. The shop's address is not named in
// form-action, for a redirect after a form counts as one and the shop may be anywhere.
func guard(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	guard(w)
	c, err := s.book.find(r.PathValue("id"), time.Now())
	if err != nil {
		http.Error(w, "No such payment. Go back to the shop and start again.", http.StatusNotFound)
		return
	}
	l := locale.Match(c.Language, r.Header.Get("Accept-Language"))
	var page bytes.Buffer
	err = pageTemplate.Execute(&page, view{Charge: c, Locale: l, Price: l.Money(c.Amount, c.Currency), Open: c.State == Pending, Actions: actions})
	if err != nil {
		s.config.Log.Error("test acquirer: draw the page", "error", err)
		http.Error(w, "The payment page failed. Try again in a minute.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes()) // a buyer who left asks again
}

// decide does what the button says and sends the buyer back to the shop.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	guard(w)
	c, err := s.book.find(r.PathValue("id"), time.Now())
	if err != nil {
		http.Error(w, "No such payment. Go back to the shop and start again.", http.StatusNotFound)
		return
	}
	for _, a := range actions {
		if a.Name == r.PostFormValue("do") {
			s.carryOut(a, c.ID)
			http.Redirect(w, r, c.ReturnURL, http.StatusSeeOther)
			return
		}
	}
	http.Error(w, "Choose one of the buttons on the payment page.", http.StatusBadRequest)
}

func (s *Server) carryOut(a action, id string) {
	if a.late {
		s.background(func(ctx context.Context) {
			if pause(ctx, s.config.Late) {
				s.settle(a, id)
			}
		})
		return
	}
	s.settle(a, id)
}

// settle is a no-op for a charge that is settled: a button pressed twice pays once.
func (s *Server) settle(a action, id string) {
	c, err := s.book.settle(id, a.to, a.late, time.Now())
	if err != nil {
		s.config.Log.Info("test acquirer: not settled", "charge", id, "action", a.Name, "reason", err)
		return
	}
	s.tell(c, a.notices)
}

func stylesheet(w http.ResponseWriter, _ *http.Request) {
	guard(w)
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(pageCSS) // a browser that left asks again
}
