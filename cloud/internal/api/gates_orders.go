package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
	"portaria/edge/wire"
)

// orderLife is how long an order to a hub may be on its way: one that comes late is about something else.
const orderLife = time.Minute

// errHubAway says that nobody would hear an order.
var errHubAway = fault.New(fault.Conflict, "hub_away", "That hub is not connected. Its own page at the venue can do the same.")

// HubOrder is what a supervisor far from the venue has decided.
type HubOrder struct {
	Type      wire.CommandType `json:"type" enum:"exclude,readmit,settle,old_hub_off" doc:"exclude: a gate is off and stays off. readmit: it may take part again. settle: how an admission ended whose outcome is lost. old_hub_off: the hub before this one has been seen off, and stays off"`
	Gate      string           `json:"gate,omitempty" pattern:"^[a-z0-9-]{1,32}$" doc:"exclude, readmit"`
	Scan      string           `json:"scan,omitempty" pattern:"^[0-9a-f]{32}$" doc:"settle"`
	Entered   bool             `json:"entered,omitempty" doc:"settle: somebody did"`
	OldHubOff bool             `json:"old_hub_off,omitempty" doc:"exclude: and the hub before this one has been seen off"`
	By        string           `json:"by" minLength:"1" maxLength:"64" doc:"Who has decided"`
}

func (o HubOrder) command(now time.Time) (wire.Command, error) {
	c := wire.Command{V: wire.Version, ID: uuid.NewString(), Type: o.Type, DropAfter: now.Add(orderLife).UnixMilli(),
		Gate: o.Gate, Entered: o.Entered, OldHubOff: o.OldHubOff, Text: o.By}
	switch {
	case (o.Type == wire.ExcludeGate || o.Type == wire.ReadmitGate) && o.Gate == "":
		return c, fault.On("gate", "Name the gate.")
	case o.Type == wire.Settle && o.Scan == "":
		return c, fault.On("scan", "Name the scan.")
	}
	raw, err := hex.DecodeString(o.Scan)
	if err != nil {
		return c, fault.On("scan", "A scan has 32 hex digits.")
	}
	copy(c.Scan[:], raw)
	return c, nil
}

func (s *server) hubOrders() {
	act(s, op{method: http.MethodPost, path: "/hubs/{hub}/orders", id: "order-hub", tag: gatesTag, scope: account.GatesWrite,
		summary: "Tell a hub that is connected what somebody has decided; it is dropped when it does not arrive within a minute"},
		func(ctx context.Context, who account.Key, in *struct {
			Hub  string `path:"hub" pattern:"^[a-z0-9-]{1,32}$"`
			Body HubOrder
		}) error {
			if err := s.Gates.Desk.OwnHub(ctx, who.Organizer, in.Hub); err != nil {
				return err
			}
			c, err := in.Body.command(time.Now())
			if err != nil {
				return err
			}
			if s.Gates.Order == nil || s.Gates.Connected == nil || !s.Gates.Connected(in.Hub) {
				return errHubAway
			}
			return s.Gates.Order(in.Hub, c)
		})
}
