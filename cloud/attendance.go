package cloud

import (
	"context"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/entries"
)

// Recount counts attendance anew from every record that gates brought, and returns how many there are. Records that come
// meanwhile wait.
func Recount(ctx context.Context, cfg *Config) (records int, err error) {
	pool, err := postgres.OpenGuarded(ctx, cfg.Database)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	return entries.New(pool).Recount(postgres.System(ctx))
}

// countOld counts what was stored by a version that did not count.
func (c *Cloud) countOld(ctx context.Context) error {
	due, err := c.entries.RecountDue(ctx)
	if err != nil || !due {
		return err
	}
	c.log.Info("counting attendance from all records; this happens once")
	records, err := c.entries.Recount(ctx)
	if err == nil {
		c.log.Info("attendance counted", "records", records)
	}
	return err
}
