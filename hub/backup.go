package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"portaria/hub/internal/backup"
	"portaria/hub/internal/bolt"
)

// registerBackup adds GET /backup, for this machine only: everything that the hub keeps, while it goes on.
func (h *Hub) registerBackup(mux *http.ServeMux) {
	mux.Handle("GET /backup", here(func(w http.ResponseWriter, r *http.Request) {
		// Gigabytes may take longer than any page.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		w.Header().Set("Content-Type", "application/zstd")
		h.log.Info("a backup is taken", "by", r.RemoteAddr)
		if err := writeBackup(w, h.cfg, h.store); err != nil {
			h.log.Error("the backup failed; the file that was begun has no end and will be refused", "why", err)
			panic(http.ErrAbortHandler)
		}
	}))
}

func writeBackup(w io.Writer, cfg *Config, store *bolt.Store) error {
	var databases []backup.Database
	for _, name := range bolt.Databases {
		databases = append(databases, backup.Database{Name: name,
			Read: func(do func(int64, io.WriterTo) error) error { return store.Snapshot(name, do) }})
	}
	return backup.Write(w, cfg.StateDir, backup.About{Hub: cfg.ID, Venue: cfg.Venue, MadeAt: time.Now().UTC()}, databases)
}

// Backup writes everything that a hub keeps into a new file, whether the hub runs or not. The file holds the hub's keys:
// keep it like one.
func Backup(ctx context.Context, cfg *Config, path string) (size int64, err error) {
	out, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("begin the backup: %w", err)
	}
	err = takeBackup(ctx, cfg, out)
	if err == nil {
		size, err = out.Seek(0, io.SeekCurrent)
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(out.Name()))
	}
	if err := os.Link(out.Name(), path); err != nil { // unlike a rename, it overwrites nothing
		return 0, errors.Join(fmt.Errorf("name the backup: %w", err), os.Remove(out.Name()))
	}
	return size, os.Remove(out.Name())
}

// takeBackup asks the hub that runs, and reads its folder when none does.
func takeBackup(ctx context.Context, cfg *Config, out io.Writer) error {
	err := askForBackup(ctx, cfg, out)
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	if _, err := os.Stat(filepath.Join(cfg.StateDir, bolt.Databases[0])); err != nil {
		return fmt.Errorf("no hub runs here, and none has: %w", err)
	}
	store, _, err := bolt.Open(cfg.StateDir)
	if err != nil {
		return err
	}
	return errors.Join(writeBackup(out, cfg, store), store.Close())
}

func askForBackup(ctx context.Context, cfg *Config, out io.Writer) error {
	_, port, err := net.SplitHostPort(cfg.HTTPListen)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+"/backup", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the hub for its backup: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the hub for its backup: it answers %s", response.Status)
	}
	_, err = io.Copy(out, response.Body)
	return err
}

// Restore puts a backup where this hub keeps its state. What is there now is moved aside, and the place is returned;
// empty when there was nothing. Whose backup it is must be who this hub is, unless other is set.
func Restore(cfg *Config, path string, other bool) (about backup.About, aside string, err error) {
	in, err := os.Open(path)
	if err != nil {
		return about, "", fmt.Errorf("open the backup: %w", err)
	}
	defer func() { _ = in.Close() }()
	dir := filepath.Clean(cfg.StateDir)
	fresh := dir + ".restoring"
	if err := os.RemoveAll(fresh); err != nil {
		return about, "", fmt.Errorf("make room for the backup: %w", err)
	}
	if about, err = backup.Read(in, fresh); err != nil {
		return about, "", err
	}
	if !other && (about.Hub != cfg.ID || about.Venue != cfg.Venue) {
		return about, "", errors.Join(fmt.Errorf("this is a backup of %s at venue %s, and the configuration is of %s at %s",
			about.Hub, about.Venue, cfg.ID, cfg.Venue), os.RemoveAll(fresh))
	}
	aside, err = moveAside(dir)
	if err != nil {
		return about, "", errors.Join(err, os.RemoveAll(fresh))
	}
	return about, aside, os.Rename(fresh, dir)
}

// moveAside takes the state folder out of the way, unless a hub uses it.
func moveAside(dir string) (string, error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	store, _, err := bolt.Open(dir)
	if err != nil {
		return "", fmt.Errorf("stop the hub first: %w", err)
	}
	if err := store.Close(); err != nil {
		return "", err
	}
	aside := dir + ".before-" + time.Now().UTC().Format("20060102-150405")
	return aside, os.Rename(dir, aside)
}
