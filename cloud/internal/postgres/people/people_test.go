package people_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/account/password"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accounts"
	"portaria/cloud/internal/postgres/people"
	"portaria/cloud/internal/postgres/postgrestest"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// plainSeal keeps secrets as they are, with their place: what the vault encrypts is its own test.
type plainSeal struct{}

func (plainSeal) Seal(place string, plain []byte) []byte { return append([]byte(place+"|"), plain...) }
func (plainSeal) Open(place string, sealed []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), place+"|")
	if !ok {
		return nil, errors.New("sealed for another place")
	}
	return []byte(plain), nil
}

const secret = "três pratos de trigo"

// house is the services over a real database, with a clock of its own.
type house struct {
	*testing.T
	*person.Service
	staff   *staff.Service
	store   people.Store
	now     time.Time
	letters []person.Letter
	mu      sync.Mutex
}

func (h *house) Post(ctx context.Context, l person.Letter) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.letters = append(h.letters, l)
	return h.store.Post(ctx, l)
}

func open(t *testing.T) *house {
	pool := postgrestest.New(t)
	h := &house{T: t, store: people.Store{Pool: pool}, now: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)}
	clock := func() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }
	tx, holders := postgres.NewAtomic(pool), accounts.Store{Pool: pool}
	log := &audit.Log{Store: h.store, Now: clock}
	keys := &account.Service{Store: holders, Keys: holders, Atomic: tx}
	h.staff = &staff.Service{
		Roster: h.store, Invitations: h.store, Organizers: holders, Accounts: keys, Post: h, Audit: log, Atomic: tx, Now: clock, PublicURL: "https://desk.example",
	}
	h.Service = &person.Service{
		People: h.store, Tokens: h.store, Recovery: h.store, Devices: h.store, Sessions: h.store, Failures: h.store,
		Passkeys: h.store, Founder: h.staff, Post: h, Seal: plainSeal{}, Hasher: password.NewHasher(2, 50), Audit: log,
		Atomic: tx, Now: clock, PublicURL: "https://desk.example",
	}
	h.staff.People = h.Service
	return h
}

func (h *house) later(d time.Duration) { h.mu.Lock(); h.now = h.now.Add(d); h.mu.Unlock() }

// link is the end of the newest letter's link.
func (h *house) link(kind string) string {
	h.Helper()
	for i := len(h.letters) - 1; i >= 0; i-- {
		if l := h.letters[i]; l.Kind == kind {
			return l.Link[strings.LastIndex(l.Link, "/")+1:]
		}
	}
	require.Fail(h, "no letter of kind "+kind)
	return ""
}

func (h *house) registers(email string) person.Opened {
	h.Helper()
	require.NoError(h, h.Register(h.Context(), person.Applicant{Name: "Ana", Organizer: "Festival", Email: email, Language: "pt-BR", Password: secret}, home))
	opened, err := h.Confirm(h.Context(), h.link(person.LetterConfirm), home)
	require.NoError(h, err)
	return opened
}

var home = person.Client{Address: "203.0.113.7", Agent: "Firefox"}

func from(address string) person.Client { return person.Client{Address: address} }

func TestARegistrationIsConfirmedOnce(t *testing.T) {
	h := open(t)
	opened := h.registers("ana@example.com")
	require.NotEqual(t, uuid.Nil, opened.Organizer)
	_, err := h.Confirm(t.Context(), h.link(person.LetterConfirm), home)
	require.ErrorIs(t, err, person.ErrOldLink)
	session, err := h.Resume(t.Context(), opened.Token)
	require.NoError(t, err)
	grants, err := h.store.GrantsOf(t.Context(), session.Organizer, session.Person)
	require.NoError(t, err)
	require.Equal(t, role.Grants{{Role: role.Owner}}, grants)

	require.NoError(t, h.Register(t.Context(), person.Applicant{Name: "X", Organizer: "Y", Email: "ANA@example.com ", Language: "en", Password: secret}, home))
	require.Equal(t, person.LetterKnown, h.letters[len(h.letters)-1].Kind, "who has an account is told so by mail, and nobody else is")
	err = h.Register(t.Context(), person.Applicant{Email: "nobody", Password: "short"}, home)
	for _, field := range []string{"mail address", "name", "organizer", "password"} {
		assert.ErrorContains(t, err, field)
	}
}

func TestALinkGrowsOld(t *testing.T) {
	h := open(t)
	require.NoError(t, h.Register(t.Context(), person.Applicant{Name: "Ana", Organizer: "F", Email: "ana@example.com", Language: "en", Password: secret}, home))
	h.later(49 * time.Hour)
	_, err := h.Confirm(t.Context(), h.link(person.LetterConfirm), home)
	require.ErrorIs(t, err, person.ErrOldLink)
}

// A guesser from one address is slowed down, then stopped; the person at her own browser signs in meanwhile, and so
// does another person from the guesser's office.
func TestALockOutHurtsTheGuesserAndNotThePerson(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	h.registers("bia@example.com")
	guess := func(c person.Client) error {
		_, err := h.SignIn(t.Context(), "ana@example.com", "not the password", c)
		return err
	}
	waits := 0
	for range 40 {
		if errors.Is(guess(from("198.51.100.1")), person.ErrWait) {
			waits++
		}
	}
	assert.Equal(t, 34, waits, "five are free, the sixth starts the first second of waiting")
	h.later(3 * time.Second)
	require.ErrorIs(t, guess(from("198.51.100.1")), person.ErrWrong, "and after it there is one attempt")
	require.ErrorIs(t, guess(from("198.51.100.1")), person.ErrWait)

	for i := range 200 { // many addresses, each below its own limit
		_ = guess(from(fmt.Sprintf("198.51.%d.%d", i/250+101, i%250)))
	}
	require.ErrorIs(t, guess(from("192.0.2.55")), person.ErrWait, "the account is closed to browsers that nobody knows")
	opened, err := h.SignIn(t.Context(), "ana@example.com", secret, person.Client{Address: "192.0.2.56", Device: ana.Device})
	require.NoError(t, err, "but not to her own")
	require.Empty(t, opened.Device, "it is known already")
	_, err = h.SignIn(t.Context(), "bia@example.com", secret, from("198.51.100.1"))
	require.NoError(t, err, "nor to others at the guesser's address")

	require.NoError(t, h.Forgot(t.Context(), "ana@example.com", "en", home))
	_, err = h.Reset(t.Context(), h.link(person.LetterReset), "quatro pratos de trigo", from("192.0.2.57"))
	require.NoError(t, err, "and a link by mail opens a new browser")
}

// A stolen device cookie is worth ten guesses, and then no more than none.
func TestAKnownDeviceIsNoWayToGuess(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	thief := person.Client{Address: "198.51.100.1", Device: ana.Device}
	waits := 0
	for range 30 {
		if _, err := h.SignIn(t.Context(), "ana@example.com", "guess guess", thief); errors.Is(err, person.ErrWait) {
			waits++
		}
	}
	assert.Equal(t, 19, waits)
	_, err := h.SignIn(t.Context(), "nobody@example.com", "guess guess", thief)
	require.ErrorIs(t, err, person.ErrWrong, "to other accounts the device is not known")
}

func TestACodeIsGoodOnceAndForItsTime(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	key := h.BeginTOTP()
	code := func() string {
		c, err := totp.GenerateCode(key, h.now)
		require.NoError(t, err)
		return c
	}
	_, err := h.SetTOTP(t.Context(), ana.Session, key, "000000")
	require.ErrorIs(t, err, person.ErrWrongCode)
	recovery, err := h.SetTOTP(t.Context(), ana.Session, key, code())
	require.NoError(t, err)
	require.Len(t, recovery, 10)

	half, err := h.SignIn(t.Context(), "ana@example.com", secret, home)
	require.NoError(t, err)
	require.True(t, half.Half)
	require.False(t, half.FreshAt(h.now))
	_, err = h.Second(t.Context(), half.Session, code(), home)
	require.ErrorIs(t, err, person.ErrWrongCode, "the code that set it up was used")
	h.later(30 * time.Second)
	good := code()
	opened, err := h.Second(t.Context(), half.Session, good, home)
	require.NoError(t, err)
	require.True(t, opened.Strong)
	require.NotEqual(t, half.Token, opened.Token)
	_, err = h.Resume(t.Context(), half.Token)
	require.ErrorIs(t, err, person.ErrNoSession)

	again, err := h.SignIn(t.Context(), "ana@example.com", secret, home)
	require.NoError(t, err)
	_, err = h.Second(t.Context(), again.Session, good, home)
	require.ErrorIs(t, err, person.ErrWrongCode, "read over the shoulder, a code is worth nothing")
	_, err = h.Second(t.Context(), again.Session, strings.ToUpper(recovery[3]), home)
	require.NoError(t, err)
	once, err := h.SignIn(t.Context(), "ana@example.com", secret, home)
	require.NoError(t, err)
	_, err = h.Second(t.Context(), once.Session, recovery[3], home)
	require.ErrorIs(t, err, person.ErrWrongCode)
	left, err := h.store.CodesLeft(t.Context(), ana.Session.Person)
	require.NoError(t, err)
	require.Equal(t, 9, left)
	waits := 0
	for i := range 30 {
		if _, err := h.Second(t.Context(), once.Session, fmt.Sprintf("%06d", i), home); errors.Is(err, person.ErrWait) {
			waits++
		}
	}
	assert.Greater(t, waits, 20, "six digits cannot be tried out")
}

func TestOfTwoThatSendTheSameCodeOneGetsIn(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	key := h.BeginTOTP()
	code, err := totp.GenerateCode(key, h.now)
	require.NoError(t, err)
	_, err = h.SetTOTP(t.Context(), ana.Session, key, code)
	require.NoError(t, err)
	h.later(time.Minute)
	code, err = totp.GenerateCode(key, h.now)
	require.NoError(t, err)
	half, err := h.SignIn(t.Context(), "ana@example.com", secret, home)
	require.NoError(t, err)
	var all sync.WaitGroup
	outcomes := make([]error, 4)
	for i := range outcomes {
		all.Go(func() { _, outcomes[i] = h.Second(context.Background(), half.Session, code, home) })
	}
	all.Wait()
	in := 0
	for _, err := range outcomes {
		if err == nil {
			in++
		}
	}
	assert.Equal(t, 1, in)
}

func TestANewPasswordEndsOtherSessions(t *testing.T) {
	h := open(t)
	first := h.registers("ana@example.com")
	second, err := h.SignIn(t.Context(), "ana@example.com", secret, home)
	require.NoError(t, err)
	require.NoError(t, h.ChangePassword(t.Context(), second.Session, "quatro pratos de trigo"))
	_, err = h.Resume(t.Context(), first.Token)
	require.ErrorIs(t, err, person.ErrNoSession)
	_, err = h.Resume(t.Context(), second.Token)
	require.NoError(t, err)
	require.Equal(t, person.LetterChanged, h.letters[len(h.letters)-1].Kind)
	h.later(8 * 24 * time.Hour)
	_, err = h.Resume(t.Context(), second.Token)
	require.ErrorIs(t, err, person.ErrNoSession, "a session that nobody uses ends")
	h.later(30 * 24 * time.Hour)
	require.NoError(t, h.store.Sweep(t.Context(), h.now))
}

func TestMoneyAsksAgainAfterTenMinutes(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	require.True(t, ana.FreshAt(h.now))
	h.later(11 * time.Minute)
	session, err := h.Resume(t.Context(), ana.Token)
	require.NoError(t, err)
	require.False(t, session.FreshAt(h.now))
	require.ErrorIs(t, h.Prove(t.Context(), session, "wrong wrong", home), person.ErrWrongProof)
	require.NoError(t, h.Prove(t.Context(), session, secret, home))
	session, err = h.Resume(t.Context(), ana.Token)
	require.NoError(t, err)
	require.True(t, session.FreshAt(h.now))
}

func (h *house) actor(o person.Opened, grants ...role.Grant) staff.Actor {
	return staff.Actor{Organizer: o.Organizer, Person: o.Session.Person, Grants: grants}
}

func TestSomebodyIsInvitedAndJoins(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	owner := h.actor(ana, role.Grant{Role: role.Owner})
	require.NoError(t, h.staff.Invite(t.Context(), owner, "Bruno@Example.com", "en", role.Grant{Role: role.Auditor}))
	link := h.link(person.LetterInvite)
	i, name, known, err := h.staff.Open(t.Context(), link)
	require.NoError(t, err)
	require.Equal(t, "bruno@example.com", i.Email)
	require.Equal(t, "Festival", name)
	require.False(t, known)
	bruno, err := h.staff.Join(t.Context(), link, "Bruno", "en", secret, home)
	require.NoError(t, err)
	require.Equal(t, ana.Organizer, bruno.Organizer)
	_, err = h.staff.Join(t.Context(), link, "Bruno", "en", secret, home)
	require.ErrorIs(t, err, staff.ErrNoInvitation)

	auditor := h.actor(bruno, role.Grant{Role: role.Auditor})
	require.ErrorIs(t, h.staff.Invite(t.Context(), auditor, "c@example.com", "en", role.Grant{Role: role.Owner}), staff.ErrNotYours)
	carla := h.registers("carla@example.com")
	require.NoError(t, h.staff.Invite(t.Context(), owner, "carla@example.com", "en", role.Grant{Role: role.Manager}))
	require.ErrorIs(t, h.staff.Accept(t.Context(), h.link(person.LetterInvite), bruno.Session), staff.ErrNotInvited, "an invitation is for its address alone")
	require.NoError(t, h.staff.Accept(t.Context(), h.link(person.LetterInvite), carla.Session))
	desks, err := h.store.DesksOf(t.Context(), carla.Session.Person)
	require.NoError(t, err)
	require.Len(t, desks, 2)
}

// An invitation of somebody who may no longer give the role gives nothing.
func TestAnInvitationFallsWithItsInviter(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	owner := h.actor(ana, role.Grant{Role: role.Owner})
	require.NoError(t, h.staff.Invite(t.Context(), owner, "bruno@example.com", "en", role.Grant{Role: role.Owner}))
	bruno, err := h.staff.Join(t.Context(), h.link(person.LetterInvite), "Bruno", "en", secret, home)
	require.NoError(t, err)
	second := h.actor(bruno, role.Grant{Role: role.Owner})
	require.NoError(t, h.staff.Invite(t.Context(), second, "eve@example.com", "en", role.Grant{Role: role.Owner}))
	members, err := h.store.Members(t.Context(), ana.Organizer)
	require.NoError(t, err)
	for _, m := range members {
		if m.Person == bruno.Session.Person {
			_, left, err := h.staff.Take(t.Context(), owner, m.ID)
			require.NoError(t, err)
			require.Zero(t, left)
		}
	}
	_, err = h.staff.Join(t.Context(), h.link(person.LetterInvite), "Eve", "en", secret, home)
	require.ErrorIs(t, err, staff.ErrNoInvitation)
}

// Two owners remove each other at once: one stays.
func TestTheLastOwnerStays(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	owner := h.actor(ana, role.Grant{Role: role.Owner})
	require.NoError(t, h.staff.Invite(t.Context(), owner, "bruno@example.com", "en", role.Grant{Role: role.Owner}))
	_, err := h.staff.Join(t.Context(), h.link(person.LetterInvite), "Bruno", "en", secret, home)
	require.NoError(t, err)
	members, err := h.store.Members(t.Context(), ana.Organizer)
	require.NoError(t, err)
	require.Len(t, members, 2)
	var all sync.WaitGroup
	outcomes := make([]error, 2)
	for i, m := range members {
		all.Go(func() { _, _, outcomes[i] = h.staff.Take(context.Background(), owner, m.ID) })
	}
	all.Wait()
	assert.True(t, errors.Is(outcomes[0], staff.ErrLastOwner) != errors.Is(outcomes[1], staff.ErrLastOwner), "%v", outcomes)
	members, err = h.store.Members(t.Context(), ana.Organizer)
	require.NoError(t, err)
	require.Len(t, members, 1)
}

// Many act at once, and the chain has no branch and no gap.
func TestTheAuditLogIsOneChain(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			assert.NoError(t, h.staff.Note(context.Background(), h.actor(ana), "event.changed", fmt.Sprint(i), ""))
		})
	}
	all.Wait()
	v := audit.NewVerifier()
	require.NoError(t, h.store.EachEntry(t.Context(), v.See))
	require.Len(t, v.Chains(), 2)
	page, err := h.store.AuditPage(t.Context(), ana.Organizer, "event", "", 0, 100)
	require.NoError(t, err)
	require.Len(t, page, 40)
	require.Equal(t, "Ana", page[0].Who)
	page, err = h.store.AuditPage(t.Context(), ana.Organizer, "", "%", 0, 100)
	require.NoError(t, err)
	require.Empty(t, page, "a percent sign is looked for, not a wildcard")
}

func TestMailsWaitForOneProgramOnly(t *testing.T) {
	h := open(t)
	h.registers("ana@example.com")
	due, err := h.store.DueMails(t.Context(), time.Now().Add(time.Minute), time.Now().Add(time.Hour), 100)
	require.NoError(t, err)
	require.NotEmpty(t, due)
	again, err := h.store.DueMails(t.Context(), time.Now().Add(time.Minute), time.Now().Add(time.Hour), 100)
	require.NoError(t, err)
	require.Empty(t, again)
	require.NoError(t, h.store.PutOff(t.Context(), due[0].ID, time.Now().Add(-time.Second), "no"))
	again, err = h.store.DueMails(t.Context(), time.Now(), time.Now().Add(time.Hour), 100)
	require.NoError(t, err)
	require.Len(t, again, 1)
	require.Equal(t, 2, again[0].Tried)
	require.NoError(t, h.store.Sent(t.Context(), again[0].ID))
}

func TestViewsAreTheirOwners(t *testing.T) {
	h := open(t)
	ana := h.registers("ana@example.com")
	v := staff.View{ID: uuid.New(), Page: "/desk/events", Name: "tour", Query: "col=name"}
	require.NoError(t, h.store.SaveView(t.Context(), ana.Organizer, ana.Session.Person, v))
	v.Query = "col=at"
	require.NoError(t, h.store.SaveView(t.Context(), ana.Organizer, ana.Session.Person, v))
	mine, err := h.store.Views(t.Context(), ana.Organizer, ana.Session.Person, "/desk/events")
	require.NoError(t, err)
	require.Len(t, mine, 1)
	require.Equal(t, "col=at", mine[0].Query)
	theirs, err := h.store.Views(t.Context(), ana.Organizer, uuid.New(), "/desk/events")
	require.NoError(t, err)
	require.Empty(t, theirs)
	require.NoError(t, h.store.DropView(t.Context(), ana.Organizer, uuid.New(), mine[0].ID))
	mine, err = h.store.Views(t.Context(), ana.Organizer, ana.Session.Person, "/desk/events")
	require.NoError(t, err)
	require.Len(t, mine, 1, "nobody drops another's")
}
