package main

import (
	"context"
	"fmt"

	"portaria/deploy/demo/market"
	"portaria/deploy/rig"
)

// The venue's machines, by the names that the cloud knows them by.
const hubName = "theatro-hub"

var gateNames = []string{"gate-1", "gate-2"}

// controllers stand at the gates.
var controllers = []string{"Ana", "Bruno"}

// hire tells the cloud of the controllers, and returns their badges' codes. It comes before equip: a gate that knows its
// checkpoint then knows who stands there.
func hire(ctx context.Context, c *rig.Client, venue string) (badges []string, err error) {
	for _, name := range controllers {
		var made struct {
			Badge string `json:"badge"`
		}
		if err := c.Post(ctx, "/venues/"+venue+"/controllers", map[string]any{"name": name}, &made); err != nil {
			return nil, err
		}
		badges = append(badges, made.Badge)
	}
	return badges, nil
}

// equip tells the cloud of two checkpoints, a hub and two gates.
func equip(ctx context.Context, c *rig.Client, venue string) (checkpoints []string, err error) {
	for _, name := range []string{"Entrada principal", "Entrada lateral"} {
		var made market.Named
		if err := c.Post(ctx, "/venues/"+venue+"/checkpoints", map[string]any{"name": name, "language": "pt-BR"}, &made); err != nil {
			return nil, err
		}
		checkpoints = append(checkpoints, made.ID)
	}
	if err := c.Post(ctx, "/venues/"+venue+"/hubs", map[string]any{"id": hubName, "name": "Theatro"}, nil); err != nil {
		return nil, err
	}
	for i, gate := range gateNames {
		lanes := []map[string]any{{"lane": 1, "checkpoint": checkpoints[i]}}
		body := map[string]any{"id": gate, "name": fmt.Sprintf("Portão %d", i+1), "lanes": lanes}
		if err := c.Post(ctx, "/venues/"+venue+"/gates", body, nil); err != nil {
			return nil, err
		}
	}
	return checkpoints, nil
}

// importForeign brings in another seller's barcodes for tonight, as full-price tickets.
func importForeign(ctx context.Context, c *rig.Client, event string, kind int, codes []string) error {
	issuer := map[string]any{"name": "bilheteria-parceira", "kind": kind, "normalise": map[string]any{"upper": true}}
	if err := c.Post(ctx, "/events/"+event+"/issuers", issuer, nil); err != nil {
		return err
	}
	var report struct {
		Imported int `json:"imported"`
		Skips    int `json:"skips"`
	}
	if err := c.Post(ctx, "/events/"+event+"/issuers/bilheteria-parceira/codes", codes, &report); err != nil {
		return err
	}
	if report.Imported != len(codes) {
		return fmt.Errorf("import %d foreign codes: %d came in, %d were skipped", len(codes), report.Imported, report.Skips)
	}
	return nil
}
