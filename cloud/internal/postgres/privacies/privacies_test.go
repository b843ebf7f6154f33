package privacies_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/cloud/internal/postgres/privacies"
	"portaria/cloud/internal/privacy"
)

// files is an organizer's cabinet, with somebody's orders of two nights and a stranger's.
type files struct {
	*testing.T
	*privacy.Service
	owner     *postgres.Pool
	organizer uuid.UUID
	past      uuid.UUID // an event long ago, and one to come
	coming    uuid.UUID
	now       time.Time
	asked     []jobs.Job
	outbox    []string
}

func (f *files) Add(_ context.Context, j jobs.Job) error {
	f.asked = append(f.asked, j)
	return nil
}

func (f *files) Forget(to string) (int64, error) {
	f.outbox = append(f.outbox, to)
	return 1, nil
}

const ana = "Ana.Souza@example.com"

func open(t *testing.T) *files {
	t.Helper()
	t.Parallel()
	url := postgrestest.URL(t)
	owner, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(owner.Close)
	pool, err := postgres.OpenGuarded(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	store := privacies.Store{Pool: pool}
	f := &files{T: t, owner: owner, organizer: uuid.New(), past: uuid.New(), coming: uuid.New(), now: time.Now().Truncate(time.Second)}
	f.Service = &privacy.Service{Shelves: store, Requests: store, Desk: store, Files: store, Trail: store, Jobs: f, Outbox: f, Atomic: postgres.NewAtomic(pool),
		Now: func() time.Time { return f.now }}
	venue := uuid.New()
	f.sql("INSERT INTO organizers (id, name, language) VALUES ($1, 'Festival', 'en')", f.organizer)
	f.sql("INSERT INTO venues (id, organizer_id, name, time_zone) VALUES ($1, $2, 'Theatro', 'UTC')", venue, f.organizer)
	for event, ago := range map[uuid.UUID]string{f.past: "400 days", f.coming: "-10 days"} {
		f.sql(`INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency, state)
			VALUES ($1, $2, $3, 'Noite', now() - $4::interval, now() - $4::interval, now() - $4::interval + interval '1 hour', 'BRL', 'on_sale')`, event, f.organizer, venue, ago)
		f.sql("INSERT INTO offers (id, organizer_id, event_id, kind, name) VALUES ($1, $2, $1, 0, 'Inteira')", event, f.organizer)
	}
	return f
}

func (f *files) sql(query string, args ...any) {
	f.Helper()
	_, err := f.owner.Exec(f.Context(), query, args...)
	require.NoError(f, err)
}

func (f *files) count(query string, args ...any) (n int) {
	f.Helper()
	require.NoError(f, f.owner.QueryRow(f.Context(), query, args...).Scan(&n))
	return n
}

func (f *files) order(name, email string, event uuid.UUID) uuid.UUID {
	f.Helper()
	id := uuid.Must(uuid.NewV7())
	f.sql(`INSERT INTO orders (id, organizer_id, secret, state, channel, buyer_name, buyer_email, language, total, currency, expires_at)
		VALUES ($1, $2, ($1::uuid)::text, 'paid', 'web', $3, $4, 'pt-BR', 4500, 'BRL', now())`, id, f.organizer, name, email)
	f.sql("INSERT INTO order_lines (order_id, position, event_id, offer_id, quantity, unit_price, places) VALUES ($1, 0, $2, $2, 1, 4500, 1)", id, event)
	f.sql(`INSERT INTO tickets (id, organizer_id, order_id, event_id, offer_id, number, ref, code, kind, price)
		VALUES ($1, $2, $1, $3, $3, substr(md5(($1::uuid)::text), 1, 16), decode(md5(($1::uuid)::text), 'hex'), repeat('A', 122), 0, 4500)`, id, f.organizer, event)
	f.sql(`INSERT INTO entry_events (venue_id, gate_id, run, seq, organizer_id, hub_id, event_id, type, scan, ref, kind, record, at, lane, body)
		SELECT gen_random_uuid(), 'gate-1', 'r', 1, $2, 'hub-1', $3, 'admission', decode(md5('scan'), 'hex'), decode(md5(($1::uuid)::text), 'hex'), 0, 'entry', 0, 1,
		'{"controller": "x"}'::json`, id, f.organizer, event)
	return id
}

func (f *files) tenant() context.Context { return postgres.Tenant(f.Context(), f.organizer) }

// does the newest job that was asked for, as the office would.
func (f *files) does() jobs.Job {
	f.Helper()
	j := f.asked[len(f.asked)-1]
	ledger := &paper{job: j}
	office := &jobs.Office{Ledger: ledger, Tenant: postgres.Tenant, Now: func() time.Time { return f.now }, Works: map[string]jobs.Work{
		privacy.JobClear: f.Clear, privacy.JobExport: f.ExportWork, privacy.JobErase: f.EraseWork}}
	for again := true; again; {
		var err error
		again, _, err = office.Attempt(postgres.System(f.Context()), j.ID)
		require.NoError(f, err)
	}
	require.Equal(f, jobs.Done, ledger.job.State, ledger.job.Fault)
	return ledger.job
}

// paper is a ledger of one job.
type paper struct{ job jobs.Job }

func (p *paper) Begin(context.Context, uuid.UUID) (jobs.Job, error) { return p.job, nil }
func (p *paper) Progress(_ context.Context, j jobs.Job) error       { p.job = j; return nil }
func (p *paper) Keep(_ context.Context, j jobs.Job) error           { p.job = j; return nil }
func (p *paper) Wait(_ context.Context, j jobs.Job) error           { p.job = j; return nil }
func (p *paper) End(_ context.Context, j jobs.Job) error            { p.job = j; return nil }

func (f *files) ask(given string) privacy.Request {
	f.Helper()
	r, err := f.Ask(f.tenant(), f.organizer, given, "person x")
	require.NoError(f, err)
	return r
}

func (f *files) again(r privacy.Request) privacy.Request {
	f.Helper()
	r, err := f.Requests.Request(f.tenant(), f.organizer, r.ID)
	require.NoError(f, err)
	return r
}

func TestAPersonIsFoundByWhatSupportIsTold(t *testing.T) {
	f := open(t)
	id := f.order("Ana Souza", ana, f.past)
	for _, given := range []string{ana, "ana.souza@EXAMPLE.com", id.String()} {
		p, err := f.Found(f.tenant(), f.ask(given))
		require.NoError(t, err)
		require.Len(t, p.Orders, 1, given)
		assert.Len(t, p.Orders[0].Tickets, 1)
		assert.Len(t, p.Orders[0].Entries, 1)
	}
	var number string
	require.NoError(t, f.owner.QueryRow(t.Context(), "SELECT number FROM tickets").Scan(&number))
	assert.Equal(t, ana, f.ask(number).Email)
	_, err := f.Ask(f.tenant(), f.organizer, "bia@example.com", "")
	require.ErrorIs(t, err, privacy.ErrNobody)
	_, err = f.Ask(f.tenant(), f.organizer, uuid.NewString(), "")
	require.ErrorIs(t, err, privacy.ErrNobody)
	_, err = f.Ask(f.tenant(), f.organizer, "529.982.247-25", "")
	require.ErrorIs(t, err, privacy.ErrNoCPF)
	_, err = f.Ask(f.tenant(), f.organizer, "Ana Souza", "")
	require.ErrorContains(t, err, "mail address")
	_, err = f.Ask(postgres.Tenant(t.Context(), uuid.New()), f.organizer, ana, "")
	require.ErrorIs(t, err, privacy.ErrNobody, "another organizer")
}

func TestEverythingOfAPersonIsPacked(t *testing.T) {
	f := open(t)
	f.order("Ana Souza", ana, f.past)
	f.order("Bia", "bia@example.com", f.past)
	r := f.ask(ana)
	require.NoError(t, f.BeginExport(f.tenant(), r, "person x"))
	require.ErrorIs(t, f.BeginExport(f.tenant(), r, "person x"), privacy.ErrNotNow, "it runs already")
	f.does()
	require.Equal(t, privacy.Done, f.again(r).State)
	raw, err := f.Files.File(f.tenant(), f.organizer, r.ID, f.now)
	require.NoError(t, err)
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	require.Len(t, z.File, 2)
	texts := map[string]string{}
	for _, file := range z.File {
		opened, err := file.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(opened)
		require.NoError(t, err)
		texts[file.Name] = string(text)
	}
	var p privacy.Person
	require.NoError(t, json.Unmarshal([]byte(texts["person.json"]), &p))
	require.Len(t, p.Orders, 1)
	assert.Equal(t, "Ana Souza", p.Orders[0].Name)
	assert.Contains(t, texts["person.html"], "Ana Souza")
	assert.NotContains(t, texts["person.json"]+texts["person.html"], "AAAA", "a ticket's code opens a door")
	assert.NotContains(t, texts["person.json"]+texts["person.html"], "bia@")
	_, err = f.Files.File(postgres.Tenant(t.Context(), uuid.New()), f.organizer, r.ID, f.now)
	require.ErrorIs(t, err, privacy.ErrNoFile, "another organizer")
	_, err = f.Files.File(f.tenant(), f.organizer, r.ID, f.now.AddDate(0, 0, 8))
	require.ErrorIs(t, err, privacy.ErrNoFile, "a week later")
}

func TestAnErasureLeavesBooksAndNobody(t *testing.T) {
	f := open(t)
	old, next, other := f.order("Ana Souza", ana, f.past), f.order("Ana", ana, f.coming), f.order("Bia", "bia@example.com", f.past)
	f.sql(`INSERT INTO idempotency_keys (tenant, route, key, body_hash, status, answer)
		VALUES ($1, 'POST /orders', 'k', sha256('x'), 201, convert_to('{"total": 9007199254740993, "buyer": {"name": "Ana Souza", "email": "`+ana+`"}}', 'UTF8'))`, f.organizer)
	for _, whose := range []uuid.UUID{f.organizer, uuid.New()} {
		f.sql(`INSERT INTO mails (id, letter, created_at, try_at) VALUES (gen_random_uuid(), jsonb_build_object('To', 'ana.souza@example.com', 'Kind', 'invite', 'Organizer', $1::text), now(), now())`, whose)
	}
	var person uuid.UUID
	require.NoError(t, f.owner.QueryRow(t.Context(), "INSERT INTO people (id, email, name, language, created_at) VALUES (gen_random_uuid(), 'o@example.com', 'O', 'en', now()) RETURNING id").Scan(&person))
	f.sql(`INSERT INTO invitations (id, organizer_id, hash, email, language, role, invited_by, created_at, until)
		VALUES (gen_random_uuid(), $1, sha256('x'), 'ana.souza@example.com', 'en', 'auditor', $2, now(), now())`, f.organizer, person)
	f.sql("INSERT INTO saved_views (id, organizer_id, person_id, page, name, query) VALUES (gen_random_uuid(), $1, $2, '/desk', 'VIP', 'q=ana.souza%40example.com')", f.organizer, person)

	r := f.ask(ana)
	found, err := f.Found(f.tenant(), r)
	require.NoError(t, err)
	plan := privacy.PlanErasure(found, f.now)
	fates := map[string]privacy.Fate{}
	for _, s := range plan.Steps {
		fates[s.What+" "+s.Why] = s.Fate
	}
	assert.Equal(t, map[string]privacy.Fate{
		"orders ": privacy.Goes, "orders event_to_come": privacy.Waits, "invitations ": privacy.Goes, "mails ": privacy.Goes, "views ": privacy.Goes,
		"answers ": privacy.Goes, "books law": privacy.Stays, "tickets nobody": privacy.Stays, "entries nobody": privacy.Stays,
	}, fates)
	require.ErrorIs(t, f.BeginErasure(f.tenant(), r, "ana@example.com", "person x"), privacy.ErrNotTyped)
	require.NoError(t, f.BeginErasure(f.tenant(), r, ana, "person x"))
	f.does()

	assert.Equal(t, 1, f.count("SELECT count(*) FROM orders WHERE id = $1 AND buyer_name = '—' AND secret <> id::text AND total = 4500", old))
	assert.Equal(t, 1, f.count("SELECT count(*) FROM orders WHERE id = $1 AND buyer_email = $2", next, ana), "its ticket must open the door")
	assert.Equal(t, 1, f.count("SELECT count(*) FROM orders WHERE id = $1 AND buyer_name = 'Bia'", other))
	assert.Equal(t, 3, f.count("SELECT count(*) FROM tickets WHERE state = 'good'"))
	assert.Equal(t, 1, f.count(`SELECT count(*) FROM idempotency_keys WHERE convert_from(answer, 'UTF8') LIKE '%9007199254740993%' AND convert_from(answer, 'UTF8') NOT LIKE '%Souza%'`))
	assert.Equal(t, 1, f.count("SELECT count(*) FROM mails"), "another organizer's mail stays")
	assert.Zero(t, f.count("SELECT count(*) FROM invitations")+f.count("SELECT count(*) FROM saved_views"))
	assert.Equal(t, []string{ana}, f.outbox)
	held := f.again(r)
	assert.Equal(t, privacy.Held, held.State)
	assert.Empty(t, held.Email, "the request forgets whom it is about")
	assert.Equal(t, []uuid.UUID{next}, held.Held)

	// Weeks later the event is over, and the night's round goes on with what waited.
	f.now = f.now.AddDate(0, 0, 30)
	_, err = f.ClearNow(f.tenant(), f.organizer, "portaria")
	require.NoError(t, err)
	f.does()
	require.Equal(t, privacy.JobErase, f.asked[len(f.asked)-1].Kind)
	f.does()
	assert.Equal(t, privacy.Done, f.again(r).State)
	assert.Zero(t, f.count("SELECT count(*) FROM orders WHERE lower(buyer_email) = lower($1)", ana))
	for _, table := range []string{"orders", "idempotency_keys", "saved_views", "invitations", "privacy_requests", "privacy_files", "jobs"} {
		assert.Zero(t, f.count("SELECT count(*) FROM "+table+" t WHERE t::text ILIKE '%souza%'"), table)
	}
}

func TestMoneyOnItsWayHoldsAnErasure(t *testing.T) {
	f := open(t)
	id := f.order("Ana", ana, f.past)
	f.sql("INSERT INTO refunds (id, organizer_id, order_id, amount, currency, reason, who) VALUES ($1, $2, $1, 0, 'BRL', 'x', 'x')", id, f.organizer)
	f.sql("INSERT INTO refunds_due (refund_id, try_at) VALUES ($1, now())", id)
	p, err := f.Found(f.tenant(), f.ask(ana))
	require.NoError(t, err)
	plan := privacy.PlanErasure(p, f.now)
	assert.Equal(t, []uuid.UUID{id}, plan.Held)
	assert.Equal(t, "money_moving", plan.Steps[0].Why)
}

func TestOldDataGoesAtNightAsTheOrganizerChose(t *testing.T) {
	f := open(t)
	old, next := f.order("Ana Souza", ana, f.past), f.order("Bia", "bia@example.com", f.coming)
	f.sql("INSERT INTO audit_addresses (organizer_id, seq, at, salt, address) VALUES ($1, 1, now() - interval '181 days', decode(md5('x'), 'hex'), '10.0.0.1'), ($1, 2, now(), decode(md5('x'), 'hex'), '10.0.0.2')", f.organizer)
	piles, err := f.PlanClearing(f.tenant(), f.organizer)
	require.NoError(t, err)
	counts := map[string]int64{}
	for _, p := range piles {
		counts[p.ID] = p.Count
	}
	require.Equal(t, map[string]int64{"buyers": 1, "entries": 1, "invitations": 0, "controllers": 0, "addresses": 1}, counts)

	require.ErrorContains(t, f.SetRetention(f.tenant(), f.organizer, map[string]int{"buyers": 29}), "between 30")
	require.NoError(t, f.SetRetention(f.tenant(), f.organizer, map[string]int{"buyers": 500}))
	require.NoError(t, f.Nightly(postgres.System(t.Context())))
	done := f.does()
	assert.JSONEq(t, `{"entries": 1, "addresses": 1}`, string(done.Result))
	assert.Equal(t, 1, f.count("SELECT count(*) FROM orders WHERE id = $1 AND buyer_name = 'Ana Souza'", old), "the organizer keeps buyers longer")
	assert.Equal(t, 1, f.count("SELECT count(*) FROM entry_events WHERE event_id = $1 AND ref IS NULL AND scan IS NULL AND body::text = '{}'", f.past))
	assert.Equal(t, 1, f.count("SELECT count(*) FROM entry_events WHERE event_id = $1 AND ref IS NOT NULL", f.coming))

	require.NoError(t, f.SetRetention(f.tenant(), f.organizer, map[string]int{"buyers": 365}))
	_, err = f.ClearNow(f.tenant(), f.organizer, "person x")
	require.NoError(t, err)
	assert.JSONEq(t, `{"buyers": 1}`, string(f.does().Result))
	assert.Equal(t, 1, f.count("SELECT count(*) FROM orders WHERE id = $1 AND erased_at IS NULL", next))
	_, err = f.ClearNow(f.tenant(), f.organizer, "person x")
	require.NoError(t, err)
	assert.JSONEq(t, `{}`, string(f.does().Result), "nothing is left to do")
}

func TestTheNightIsMadeUpFor(t *testing.T) {
	at := func(text string) time.Time { x, _ := time.Parse(time.RFC3339, text); return x }
	assert.Equal(t, at("2026-11-22T04:00:00Z"), privacy.LastNight(at("2026-11-22T04:00:00Z")))
	assert.Equal(t, at("2026-11-21T04:00:00Z"), privacy.LastNight(at("2026-11-22T03:59:59Z")))
	assert.Equal(t, at("2026-11-22T04:00:00Z"), privacy.NextNight(at("2026-11-22T03:59:59Z")))
}
