package cloud

import (
	"context"
	"time"

	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/jobqueue"
)

// keepJobs is how long what came of long work can be looked at.
const keepJobs = 90 * 24 * time.Hour

// openJobs sets up long work: what each kind of it does, and what is looked at again and again.
func (c *Cloud) openJobs(context.Context) (err error) {
	c.jobs, err = jobqueue.Open(jobqueue.Config{
		Pool: c.pool, Atomic: c.atomic, Log: c.log,
		Office: &jobs.Office{Works: c.works(), Tenant: postgres.Tenant, Now: c.now, Log: c.log},
		Rounds: []jobs.Round{
			{Name: "forget_jobs", Every: time.Hour, Do: func(ctx context.Context) error { return c.jobs.Forget(ctx, c.now().Add(-keepJobs)) }},
		},
	})
	return err
}

func (c *Cloud) works() map[string]jobs.Work {
	return map[string]jobs.Work{}
}
