// Package market is an organizer and buyers, as far as programs can play them: shows are announced, tickets bought on
// the acquirer's own page, printed and given back. It uses the public API and the buyers' pages, and nothing else.
package market

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"portaria/deploy/rig"
)

// What the API says, as far as the demo reads it.
type (
	Named struct {
		ID string `json:"id"`
	}
	Organizer struct {
		ID     string `json:"id"`
		APIKey string `json:"api_key"`
	}
	Offer struct {
		ID   string `json:"id"`
		Kind int    `json:"kind"`
	}
	Order struct {
		ID      string `json:"id"`
		State   string `json:"state"`
		PageURL string `json:"page_url"`
	}
	Ticket struct {
		ID        string `json:"id"`
		OrderID   string `json:"order_id"`
		EventID   string `json:"event_id"`
		Code      string `json:"code"`
		ShortCode string `json:"short_code"`
		State     string `json:"state"`
	}
)

// Programme is what the organizer puts on sale: tonight's show and one of next week.
type Programme struct {
	Venue    string
	Tonight  string
	NextWeek string
	Offers   []Offer // tonight's
	Later    Offer   // next week's
}

// timeZone is where the festival is.
const timeZone = "America/Sao_Paulo"

// Announce makes the venue, the two events and the four offers, and starts the sale.
func Announce(ctx context.Context, c *rig.Client) (p Programme, err error) {
	var venue Named
	err = c.Post(ctx, "/venues", map[string]any{
		"name": "Theatro São Pedro", "address": "Praça Mal. Deodoro, Porto Alegre", "time_zone": timeZone,
	}, &venue)
	if err != nil {
		return p, err
	}
	p.Venue = venue.ID
	now := time.Now().Truncate(time.Minute)
	if p.Tonight, err = event(ctx, c, p.Venue, "Homens de Perto", now.Add(-time.Hour)); err != nil {
		return p, err
	}
	if p.NextWeek, err = event(ctx, c, p.Venue, "A Megera Domada", now.AddDate(0, 0, 7)); err != nil {
		return p, err
	}
	for _, draft := range []map[string]any{
		{"name": "Inteira", "price": 12000},
		{"name": "Meia-entrada", "price": 6000, "flags": []string{"check_document"}},
		{"name": "Camarote", "price": 25000, "flags": []string{"vip"}},
	} {
		made, err := addOffer(ctx, c, p.Tonight, draft)
		if err != nil {
			return p, err
		}
		p.Offers = append(p.Offers, made)
	}
	if p.Later, err = addOffer(ctx, c, p.NextWeek, map[string]any{"name": "Inteira", "price": 10000}); err != nil {
		return p, err
	}
	for _, event := range []string{p.Tonight, p.NextWeek} {
		if err := c.Do(ctx, http.MethodPut, "/events/"+event+"/sale", map[string]any{"open": true}, nil); err != nil {
			return p, err
		}
	}
	return p, nil
}

func event(ctx context.Context, c *rig.Client, venue, name string, doors time.Time) (string, error) {
	var made Named
	err := c.Post(ctx, "/events", map[string]any{
		"venue_id": venue, "name": name, "currency": "BRL", "capacity": 700,
		"doors": doors, "start": doors.Add(90 * time.Minute), "end": doors.Add(5 * time.Hour),
	}, &made)
	return made.ID, err
}

func addOffer(ctx context.Context, c *rig.Client, event string, draft map[string]any) (made Offer, err error) {
	return made, c.Post(ctx, "/events/"+event+"/offers", draft, &made)
}

// Purchase is what one buyer wants.
type Purchase struct {
	Buyer    int
	Offer    string
	Quantity int
	Pay      string // which button of the acquirer's page is pressed
}

// Purchases are at least so many tickets, in orders of one to four. Every seventh payment is notified twice, every
// eleventh card is declined at first: payments are like that.
func Purchases(offers []string, tickets int) (list []Purchase) {
	for sold := 0; sold < tickets; {
		buyer := len(list) + 1
		p := Purchase{Buyer: buyer, Offer: offers[buyer%len(offers)], Quantity: 1 + buyer%4, Pay: "approve"}
		switch {
		case buyer%11 == 0:
			p.Pay = "decline"
		case buyer%7 == 0:
			p.Pay = "double"
		}
		sold += p.Quantity
		list = append(list, p)
	}
	return list
}

// checkouts is how many buyers are at their checkout at once, and buyLimit how long one may wait for a page or for the shop to
// hear of a payment, on a computer that has time.
const (
	checkouts = 4
	buyLimit  = 30 * time.Second
)

// Sell carries the purchases out and returns their orders, all paid.
func Sell(ctx context.Context, c *rig.Client, list []Purchase) ([]Order, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	orders := make([]Order, len(list))
	next := make(chan int)
	var buyers sync.WaitGroup
	for range checkouts {
		buyers.Go(func() {
			for i := range next {
				var err error
				if orders[i], err = Buy(ctx, c, list[i]); err != nil {
					cancel(fmt.Errorf("buyer %d: %w", list[i].Buyer, err))
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

// Buy places an order, pays it on the acquirer's own page and waits until the shop has heard of it.
func Buy(ctx context.Context, c *rig.Client, p Purchase) (o Order, err error) {
	err = c.Post(ctx, "/orders", map[string]any{
		"lines": []map[string]any{{"offer_id": p.Offer, "quantity": p.Quantity}},
		"buyer": map[string]any{"name": fmt.Sprintf("Visitante %d", p.Buyer), "email": fmt.Sprintf("visitante%d@example.org", p.Buyer)},
	}, &o)
	if err != nil {
		return o, err
	}
	if p.Pay == "decline" {
		if err := pay(ctx, c, o.ID, "decline"); err != nil {
			return o, err
		}
		p.Pay = "approve"
	}
	if err := pay(ctx, c, o.ID, p.Pay); err != nil {
		return o, err
	}
	return o, rig.Within(ctx, buyLimit, "the payment of order "+o.ID, func(ctx context.Context) error {
		err := c.Get(ctx, "/orders/"+o.ID, &o)
		if err == nil && o.State != "paid" {
			err = fmt.Errorf("it is %s", o.State)
		}
		return err
	})
}

// pay opens a payment and presses a button on the page that the buyer is sent to.
func pay(ctx context.Context, c *rig.Client, order, button string) error {
	var start struct {
		RedirectURL string `json:"redirect_url"`
	}
	// A payment that was just declined is still open until its notice has come.
	err := rig.Within(ctx, buyLimit, "a payment page", func(ctx context.Context) error {
		if err := c.Post(ctx, "/orders/"+order+"/payments", map[string]any{}, &start); err != nil {
			return rig.Final(err)
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
	stay := &http.Client{Timeout: pageLimit, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
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

// Refund gives the first ticket of an order back and returns its id.
func Refund(ctx context.Context, c *rig.Client, o Order, tickets []Ticket) (string, error) {
	i := slices.IndexFunc(tickets, func(t Ticket) bool { return t.OrderID == o.ID })
	if i < 0 {
		return "", fmt.Errorf("order %s has no ticket to refund", o.ID)
	}
	body := map[string]any{"tickets": []string{tickets[i].ID}, "reason": "não posso ir"}
	return tickets[i].ID, c.Post(ctx, "/orders/"+o.ID+"/refunds", body, nil)
}
