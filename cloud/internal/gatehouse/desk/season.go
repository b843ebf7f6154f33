package desk

import (
	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/season"
)

// Season is what a door does by date.
func (c *Checkpoint) Season() season.Door {
	d := season.Door{Templated: c.Template != nil, Events: c.Events, Names: c.Names, Hours: c.Hours, Rule: c.Rule}
	for _, k := range c.Kinds {
		d.Kinds = append(d.Kinds, season.Kind{Event: uuid.UUID(k.Event), Number: k.Kind})
	}
	return d
}
