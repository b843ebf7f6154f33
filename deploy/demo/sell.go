package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// What the API says, as far as the demo reads it.
type (
	named struct {
		ID string `json:"id"`
	}
	organizer struct {
		ID     string `json:"id"`
		APIKey string `json:"api_key"`
	}
	offer struct {
		ID   string `json:"id"`
		Kind int    `json:"kind"`
	}
	order struct {
		ID      string `json:"id"`
		State   string `json:"state"`
		PageURL string `json:"page_url"`
	}
	ticketRow struct {
		ID        string `json:"id"`
		OrderID   string `json:"order_id"`
		EventID   string `json:"event_id"`
		Code      string `json:"code"`
		ShortCode string `json:"short_code"`
		State     string `json:"state"`
	}
)

// programme is what the organizer puts on sale: tonight's show and one of next week.
type programme struct {
	venue    string
	tonight  string
	nextWeek string
	offers   []offer // tonight's
	later    offer   // next week's
}

// timeZone is where the festival is.
const timeZone = "America/Sao_Paulo"

// announce makes the venue, the two events and the four offers, and starts the sale.
func announce(ctx context.Context, c *client) (p programme, err error) {
	var venue named
	err = c.post(ctx, "/venues", map[string]any{
		"name": "Theatro São Pedro", "address": "Praça Mal. Deodoro, Porto Alegre", "time_zone": timeZone,
	}, &venue)
	if err != nil {
		return p, err
	}
	p.venue = venue.ID
	now := time.Now().Truncate(time.Minute)
	if p.tonight, err = event(ctx, c, p.venue, "Homens de Perto", now.Add(-time.Hour)); err != nil {
		return p, err
	}
	if p.nextWeek, err = event(ctx, c, p.venue, "A Megera Domada", now.AddDate(0, 0, 7)); err != nil {
		return p, err
	}
	for _, draft := range []map[string]any{
		{"name": "Inteira", "price": 12000},
		{"name": "Meia-entrada", "price": 6000, "flags": []string{"check_document"}},
		{"name": "Camarote", "price": 25000, "flags": []string{"vip"}},
	} {
		made, err := addOffer(ctx, c, p.tonight, draft)
		if err != nil {
			return p, err
		}
		p.offers = append(p.offers, made)
	}
	if p.later, err = addOffer(ctx, c, p.nextWeek, map[string]any{"name": "Inteira", "price": 10000}); err != nil {
		return p, err
	}
	for _, event := range []string{p.tonight, p.nextWeek} {
		if err := c.do(ctx, http.MethodPut, "/events/"+event+"/sale", map[string]any{"open": true}, nil); err != nil {
			return p, err
		}
	}
	return p, nil
}

func event(ctx context.Context, c *client, venue, name string, doors time.Time) (string, error) {
	var made named
	err := c.post(ctx, "/events", map[string]any{
		"venue_id": venue, "name": name, "currency": "BRL", "capacity": 700,
		"doors": doors, "start": doors.Add(90 * time.Minute), "end": doors.Add(5 * time.Hour),
	}, &made)
	return made.ID, err
}

func addOffer(ctx context.Context, c *client, event string, draft map[string]any) (made offer, err error) {
	return made, c.post(ctx, "/events/"+event+"/offers", draft, &made)
}

// purchase is what one buyer wants.
type purchase struct {
	buyer    int
	offer    string
	quantity int
	pay      string // which button of the acquirer's page is pressed
}

// purchases are at least so many tickets, in orders of one to four. Every seventh payment is notified twice, every
// eleventh card is declined at first: payments are like that.
func purchases(offers []string, tickets int) (list []purchase) {
	for sold := 0; sold < tickets; {
		buyer := len(list) + 1
		p := purchase{buyer: buyer, offer: offers[buyer%len(offers)], quantity: 1 + buyer%4, pay: "approve"}
		switch {
		case buyer%11 == 0:
			p.pay = "decline"
		case buyer%7 == 0:
			p.pay = "double"
		}
		sold += p.quantity
		list = append(list, p)
	}
	return list
}

// checkouts is how many buyers are at their checkout at once, and buyLimit how long one may take.
const (
	checkouts = 4
	buyLimit  = 30 * time.Second
)

// sell carries the purchases out and returns their orders, all paid.
func sell(ctx context.Context, c *client, list []purchase) ([]order, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	orders := make([]order, len(list))
	next := make(chan int)
	var buyers sync.WaitGroup
	for range checkouts {
		buyers.Go(func() {
			for i := range next {
				var err error
				if orders[i], err = buy(ctx, c, list[i]); err != nil {
					cancel(fmt.Errorf("buyer %d: %w", list[i].buyer, err))
				}
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	buyers.Wait()
	return orders, context.Cause(ctx)
}

// buy places an order, pays it on the acquirer's own page and waits until the shop has heard of it.
func buy(ctx context.Context, c *client, p purchase) (o order, err error) {
	ctx, cancel := context.WithTimeout(ctx, buyLimit)
	defer cancel()
	err = c.post(ctx, "/orders", map[string]any{
		"lines": []map[string]any{{"offer_id": p.offer, "quantity": p.quantity}},
		"buyer": map[string]any{"name": fmt.Sprintf("Visitante %d", p.buyer), "email": fmt.Sprintf("visitante%d@example.org", p.buyer)},
	}, &o)
	if err != nil {
		return o, err
	}
	if p.pay == "decline" {
		if err := pay(ctx, c, o.ID, "decline"); err != nil {
			return o, err
		}
		p.pay = "approve"
	}
	if err := pay(ctx, c, o.ID, p.pay); err != nil {
		return o, err
	}
	return o, until(ctx, "the payment of order "+o.ID, func() error {
		err := c.get(ctx, "/orders/"+o.ID, &o)
		if err == nil && o.State != "paid" {
			err = fmt.Errorf("it is %s", o.State)
		}
		return err
	})
}

// pay opens a payment and presses a button on the page that the buyer is sent to.
func pay(ctx context.Context, c *client, order, button string) error {
	var start struct {
		RedirectURL string `json:"redirect_url"`
	}
	// A payment that was just declined is still open until its notice has come.
	err := until(ctx, "a payment page", func() error {
		if err := c.post(ctx, "/orders/"+order+"/payments", map[string]any{}, &start); err != nil {
			return final{err}
		}
		return open(ctx, start.RedirectURL)
	})
	if err != nil {
		return err
	}
	return press(ctx, start.RedirectURL, button)
}

// open says whether a payment page still has its buttons.
func open(ctx context.Context, address string) error {
	html, err := fetch(ctx, address)
	if err == nil && !strings.Contains(string(html), `name="do"`) {
		err = fmt.Errorf("the payment at %s is over", address)
	}
	return err
}

func press(ctx context.Context, address, button string) error {
	form := url.Values{"do": {button}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := stay.Do(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("press %q at %s: %s", button, address, response.Status)
	}
	return nil
}

// refund gives the first ticket of an order back and returns its id.
func refund(ctx context.Context, c *client, o order, tickets []ticketRow) (string, error) {
	i := slices.IndexFunc(tickets, func(t ticketRow) bool { return t.OrderID == o.ID })
	if i < 0 {
		return "", fmt.Errorf("order %s has no ticket to refund", o.ID)
	}
	body := map[string]any{"tickets": []string{tickets[i].ID}, "reason": "não posso ir"}
	return tickets[i].ID, c.post(ctx, "/orders/"+o.ID+"/refunds", body, nil)
}
