package privacy

import (
	"context"
	"errors"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/jobs"
)

// Person is everything that an organizer has of somebody, as it is handed out to them. The names of fields are those of
// the file they get.
type Person struct {
	Email       string       `json:"email"`
	Orders      []Order      `json:"orders"`
	Invitations []Invitation `json:"invitations,omitempty"`
	Staff       []Work       `json:"works_here_as,omitempty"`
	Mails       []Mail       `json:"mails_waiting,omitempty"`
	Views       int          `json:"saved_searches,omitempty"`
	Answers     int          `json:"kept_answers,omitempty"` // of the API, for repeats
}

// Order is one that somebody placed.
type Order struct {
	ID       uuid.UUID   `json:"id"`
	State    string      `json:"state"`
	Channel  string      `json:"channel"`
	Name     string      `json:"buyer_name"`
	Email    string      `json:"buyer_email"`
	Language string      `json:"language"`
	Total    int64       `json:"total"` // minor units
	Currency string      `json:"currency"`
	At       time.Time   `json:"placed_at"`
	OverAt   time.Time   `json:"last_event_ends_at"`
	Moving   bool        `json:"-"` // money or places are on their way
	Lines    []Line      `json:"lines"`
	Tickets  []Ticket    `json:"tickets,omitempty"`
	Payments []Payment   `json:"payments,omitempty"`
	Refunds  []Refund    `json:"refunds,omitempty"`
	History  []Happening `json:"history,omitempty"`
	Entries  []Entry     `json:"at_the_doors,omitempty"`
}

// Line is so many of one offer.
type Line struct {
	Event    string    `json:"event"`
	Starts   time.Time `json:"starts_at"`
	Offer    string    `json:"offer"`
	Quantity int       `json:"quantity"`
	Price    int64     `json:"unit_price"`
}

// Ticket is one code. The code itself is not handed out: it opens a door.
type Ticket struct {
	ID     uuid.UUID `json:"id"`
	Number string    `json:"number"`
	State  string    `json:"state"`
	Price  int64     `json:"price"`
	Issued time.Time `json:"issued_at"`
}

// Payment is one attempt to pay.
type Payment struct {
	Provider string    `json:"provider"`
	Ref      string    `json:"provider_reference"`
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
	At       time.Time `json:"at"`
}

// Refund is money that went back.
type Refund struct {
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// Happening is one line of an order's history.
type Happening struct {
	At   time.Time `json:"at"`
	Who  string    `json:"who"`
	What string    `json:"what"`
	Why  string    `json:"why,omitempty"`
}

// Entry is a ticket being read at a door.
type Entry struct {
	At         time.Time `json:"at"`
	Gate       string    `json:"gate"`
	Checkpoint string    `json:"checkpoint,omitempty"`
	What       string    `json:"what"`
	Reason     string    `json:"reason,omitempty"`
}

// Invitation is one to work for the organizer.
type Invitation struct {
	Role     string    `json:"role"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	Accepted bool      `json:"accepted"`
}

// Work is a role that the person holds with the organizer.
type Work struct {
	Name  string    `json:"name"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
}

// Mail is one that was not sent yet.
type Mail struct {
	Kind string    `json:"kind"`
	Name string    `json:"name,omitempty"`
	At   time.Time `json:"at"`
}

// Empty says that there is nothing.
func (p Person) Empty() bool {
	return len(p.Orders)+len(p.Invitations)+len(p.Staff)+len(p.Mails)+p.Views+p.Answers == 0
}

// Names are those the person's orders were under.
func (p Person) Names() (out []string) {
	seen := map[string]bool{}
	for _, o := range p.Orders {
		if !seen[o.Name] {
			seen[o.Name] = true
			out = append(out, o.Name)
		}
	}
	return out
}

var (
	idLike     = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}$`)
	numberLike = regexp.MustCompile(`^[0-9a-f]{16}$`)
	cpfLike    = regexp.MustCompile(`^\d{3}\.?\d{3}\.?\d{3}-?\d{2}$`)
)

// Ask opens a request about whoever a mail address, an order or a ticket leads to. ErrNobody, ErrNoCPF.
func (s *Service) Ask(ctx context.Context, organizer uuid.UUID, given, by string) (Request, error) {
	email, err := s.whose(ctx, organizer, strings.TrimSpace(given))
	if err != nil {
		return Request{}, err
	}
	p, err := s.Trail.Find(ctx, organizer, email, nil)
	if err != nil {
		return Request{}, err
	}
	if p.Empty() {
		return Request{}, ErrNobody
	}
	return s.open(ctx, organizer, "desk", Export, email, by)
}

// Wished is a buyer asking about themselves, from the page of their order. Asking twice is asking once.
func (s *Service) Wished(ctx context.Context, organizer uuid.UUID, wish Wish, email string) (Request, error) {
	r, there, err := s.Requests.OpenOf(ctx, organizer, wish, email)
	if there || err != nil {
		return r, err
	}
	return s.open(ctx, organizer, "buyer", wish, email, "buyer")
}

func (s *Service) open(ctx context.Context, organizer uuid.UUID, source string, wish Wish, email, by string) (Request, error) {
	now := s.Now()
	r := Request{
		ID: uuid.Must(uuid.NewV7()), Organizer: organizer, Source: source, Wish: wish, State: Open, Email: email, By: by, Made: now, Due: now.Add(answerWithin),
	}
	return r, s.Requests.AddRequest(ctx, r)
}

func (s *Service) whose(ctx context.Context, organizer uuid.UUID, given string) (string, error) {
	switch {
	case cpfLike.MatchString(given):
		return "", ErrNoCPF
	case idLike.MatchString(given), numberLike.MatchString(strings.ToLower(given)):
		return s.Trail.EmailOf(ctx, organizer, strings.ToLower(given))
	}
	at, err := mail.ParseAddress(given)
	if err != nil || at.Address != given || len(given) > 254 {
		return "", fault.On("given", "Give a mail address, an order's id or a ticket's number.")
	}
	return given, nil
}

// Found is what there is of the person of a request.
func (s *Service) Found(ctx context.Context, r Request) (Person, error) {
	if r.Email == "" && len(r.Held) == 0 {
		return Person{}, nil
	}
	return s.Trail.Find(ctx, r.Organizer, r.Email, r.Held)
}

// begin has a request carried out by a job. ErrNotNow.
func (s *Service) begin(ctx context.Context, r Request, wish Wish, kind, by string) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		now, err := s.Requests.Request(ctx, r.Organizer, r.ID)
		if err != nil {
			return err
		}
		if now.State == Working || now.State == Declined || now.Email == "" && len(now.Held) == 0 {
			return ErrNotNow
		}
		j := jobs.New(r.Organizer, kind, r.ID.String(), by, s.Now())
		if now.State != Held { // what came of it before was another wish's
			now.Result = map[string]int64{}
		}
		now.Wish, now.State, now.Job = wish, Working, j.ID
		if err := s.Requests.Move(ctx, now); err != nil {
			return err
		}
		return s.Jobs.Add(ctx, j)
	})
}

// Decline ends a request that is not carried out, as when somebody asks for another person.
func (s *Service) Decline(ctx context.Context, r Request) error {
	if r.State != Open {
		return ErrNotNow
	}
	r.State, r.Ended, r.Email = Declined, s.Now(), ""
	return s.Requests.Move(ctx, r)
}

// taken reads the request that a job is about; gone says that there is nothing to do any more.
func (s *Service) taken(ctx context.Context, r *jobs.Run) (q Request, gone bool, err error) {
	id, err := uuid.Parse(r.Subject)
	if err != nil {
		return q, false, ErrNoRequest
	}
	q, err = s.Requests.Request(ctx, r.Organizer, id)
	if errors.Is(err, ErrNoRequest) {
		return q, true, nil
	}
	return q, err == nil && q.State != Working, err
}

// waited goes on with erasures whose day has come, and forgets what is old of requests.
func (s *Service) waited(ctx context.Context, organizer uuid.UUID) error {
	ready, err := s.Requests.Waited(ctx, organizer, s.Now())
	if err != nil {
		return err
	}
	for _, r := range ready {
		if err := s.begin(ctx, r, Erase, JobErase, "portaria"); err != nil && !errors.Is(err, ErrNotNow) {
			return err
		}
	}
	return s.Files.Forget(ctx, organizer, s.Now(), s.Now().Add(-requestLife))
}
