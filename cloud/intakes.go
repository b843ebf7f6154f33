package cloud

import (
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/postgres/intakes"
)

// intakeOffice takes in files of other sellers' codes.
func (c *Cloud) intakeOffice() *intake.Office {
	store := intakes.New(c.pool)
	office := &intake.Office{
		Books: store, Shelf: store, Queue: store, Table: store, Places: store, Events: c.gates, Keys: c.keys, Atomic: c.atomic, Now: c.now,
	}
	return office.Ready()
}
