package cloud

import (
	"context"
	"time"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/broker"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accounts"
	"portaria/cloud/internal/postgres/arbiters"
	"portaria/cloud/internal/postgres/catalogue"
	"portaria/cloud/internal/postgres/people"
	"portaria/cloud/internal/postgres/places"
	"portaria/cloud/internal/postgres/sales"
	"portaria/cloud/internal/sale"
)

// keepAnswers is how long a request may be repeated and still be known.
const (
	keepAnswers  = 7 * 24 * time.Hour
	forgetAnswer = time.Hour
)

func (c *Cloud) openServices(context.Context) error {
	holders, store := accounts.Store{Pool: c.pool}, sales.Store{Pool: c.pool}
	c.accounts = &account.Service{Store: holders, Keys: holders, Atomic: c.atomic}
	c.catalog = catalogue.Service(c.pool, c.atomic)
	c.sale = sale.New(sale.Service{
		Pricing: store, Orders: store, Journal: store, Tickets: store, Payments: store, Refunds: store,
		Stock: places.Stock{Pool: c.pool}, Minter: gatehouse.Minter{Owners: c.gates, Keys: c.keys},
		Providers: c.providers, Atomic: c.atomic, Now: c.now, PublicURL: c.publicURL, Log: c.log,
	})
	c.hubs = &gatehouse.Hubs{Store: c.gates, Keys: c.keys, Now: c.now}
	c.intake = c.intakeOffice()
	return nil
}

func (c *Cloud) openBroker(ctx context.Context) error {
	incarnation, err := c.gates.Incarnation(ctx)
	if err != nil {
		return err
	}
	restored, err := c.gates.Restored(ctx, incarnation)
	if err != nil {
		return err
	}
	account, err := c.cfg.MQTT.account()
	if err != nil {
		return err
	}
	cfg := broker.Config{
		Listen: c.cfg.MQTTListen, Outside: account, Hubs: c.hubs, OnAnswer: c.asks.Heard, Log: c.log,
		Intake: &ingest.Intake{Store: c.entries, Incarnation: incarnation, Restored: restored, Now: c.now, Log: c.log},
	}
	c.brokerTLS(&cfg)
	c.broker, err = broker.Open(ctx, cfg)
	return err
}

// work starts what goes on without being asked: signing lists, sending refunds, asking for payments, tidying.
func (c *Cloud) work(ctx context.Context) error {
	ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	wake := make(chan struct{}, 1)
	office := &gatehouse.Office{
		Due:       c.gates,
		Changes:   c.gates,
		Lists:     &gatehouse.Lists{Store: c.gates, Events: c.gates, Atomic: c.atomic, Keys: c.keys, Now: c.now},
		Venues:    &gatehouse.Venues{Store: c.gates, Atomic: c.atomic, Keys: c.keys, Now: c.now},
		Publisher: &gatehouse.Publisher{Signed: c.gates, Sender: c.broker, Stale: c.broker.Stale, Now: c.now},
		Wake:      wake, Now: c.now, Log: c.log,
	}
	c.working.Go(func() { c.gates.Listen(ctx, wake, c.log) })
	c.working.Go(func() { office.Run(ctx) })
	c.working.Go(func() { c.peers.Run(postgres.System(ctx)) })
	c.working.Go(func() { c.sale.Run(ctx) })
	c.working.Go(func() { c.forget(ctx) })
	c.working.Go(func() { c.intake.Run(ctx, c.log) })
	c.working.Go(func() { c.post.Run(ctx) })
	c.working.Go(func() { c.jobs.Run(ctx) })
	return nil
}

// forget drops answers that nobody will ask for again.
func (c *Cloud) forget(ctx context.Context) {
	tick := time.NewTicker(forgetAnswer)
	defer tick.Stop()
	answers := accounts.Answers{Pool: c.pool}
	for {
		if _, err := answers.Forget(ctx, c.now().Add(-keepAnswers)); err != nil && ctx.Err() == nil {
			c.log.Error("forget old answers", "error", err)
		}
		if err := (people.Store{Pool: c.pool}).Sweep(ctx, c.now()); err != nil && ctx.Err() == nil {
			c.log.Error("forget old sessions", "error", err)
		}
		if _, err := (arbiters.Scans{Pool: c.pool}).Forget(ctx, c.now().Add(-keepScans)); err != nil && ctx.Err() == nil {
			c.log.Error("forget old scans", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
