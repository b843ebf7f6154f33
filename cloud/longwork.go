package cloud

import (
	"context"
	"time"

	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/jobqueue"
	"portaria/cloud/internal/postgres/privacies"
	"portaria/cloud/internal/privacy"
)

// keepJobs is how long what came of long work can be looked at.
const keepJobs = 90 * 24 * time.Hour

// openJobs sets up long work: what each kind of it does, and what is looked at again and again.
func (c *Cloud) openJobs(context.Context) (err error) {
	c.privacy = c.privacyService()
	c.jobs, err = jobqueue.Open(jobqueue.Config{
		Pool: c.pool, Atomic: c.atomic, Log: c.log,
		Office: &jobs.Office{Works: c.works(), Tenant: postgres.Tenant, Now: c.now, Log: c.log},
		Rounds: []jobs.Round{
			{Name: "forget_jobs", Every: time.Hour, Do: func(ctx context.Context) error { return c.jobs.Forget(ctx, c.now().Add(-keepJobs)) }},
			{Name: "forget_privacy", Every: 5 * time.Minute, Do: c.privacy.Nightly},
		},
	})
	c.privacy.Jobs = c.jobs
	return err
}

// privacyService knows what is kept of people.
func (c *Cloud) privacyService() *privacy.Service {
	store := privacies.Store{Pool: c.pool}
	s := &privacy.Service{Shelves: store, Requests: store, Desk: store, Files: store, Trail: store, Atomic: c.atomic, Now: c.now}
	s.Outbox, _ = c.post.Sender.(privacy.Outbox) // a mail server keeps none
	return s
}

func (c *Cloud) works() map[string]jobs.Work {
	return map[string]jobs.Work{privacy.JobClear: c.privacy.Clear, privacy.JobExport: c.privacy.ExportWork, privacy.JobErase: c.privacy.EraseWork}
}
