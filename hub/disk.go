package hub

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"portaria/hub/internal/bolt"
)

// DiskStatus says how long the hub can go on keeping records that the cloud has not confirmed.
type DiskStatus struct {
	Level   string `json:"level"`   // "ok"; "low" above 80 %: call for help; "full" above 97 %: gates keep their own records soon
	Journal int64  `json:"journal"` // bytes of records and histories
	Limit   int64  `json:"limit"`   // bytes that they may become, on this disk
	Percent int    `json:"percent"`
}

const (
	lowPercent, fullPercent = 80, 97
	diskEvery               = time.Minute
)

// disk reckons with what is free on the disk as well: the limit is of the file, and the disk may end before it.
func (h *Hub) disk() DiskStatus {
	path := filepath.Join(h.cfg.StateDir, bolt.Databases[0])
	d := DiskStatus{Level: "ok", Limit: bolt.JournalLimit}
	if info, err := os.Stat(path); err == nil {
		d.Journal = info.Size()
	}
	var st unix.Statfs_t
	if err := unix.Statfs(h.cfg.StateDir, &st); err == nil {
		d.Limit = min(d.Limit, d.Journal+int64(st.Bavail)*int64(st.Bsize)) //nolint:gosec,unconvert // blocks of a disk fit; types differ by processor
	}
	d.Percent = int(d.Journal * 100 / max(d.Limit, 1))
	switch {
	case d.Percent >= fullPercent:
		d.Level = "full"
	case d.Percent >= lowPercent:
		d.Level = "low"
	}
	return d
}

// watchDisk tells the log while the disk is filling.
func (h *Hub) watchDisk(ctx context.Context) {
	tick := time.NewTicker(diskEvery)
	defer tick.Stop()
	for {
		if d := h.disk(); d.Level != "ok" {
			h.log.Warn("the disk is filling: bring the internet back so that records can go to the cloud, or make room",
				"level", d.Level, "percent", d.Percent, "journal_mb", d.Journal>>20, "limit_mb", d.Limit>>20)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
