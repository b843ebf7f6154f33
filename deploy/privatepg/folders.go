package privatepg

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// prefix of temporary folders: short, because a socket's path may have 107 bytes at most.
const prefix = "portaria-pg-"

func (s *Server) prepareFolders(opt Options, who *account) error {
	base := temporaryBase(opt)
	sweep(base)
	dir, err := os.MkdirTemp(base, prefix)
	if err != nil {
		return fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	s.remove, s.sockets, s.data = []string{dir}, dir, filepath.Join(dir, "data")
	if err := s.claim(dir, who); err != nil {
		return err
	}
	if opt.Dir == "" {
		return nil
	}
	return s.useFolder(opt.Dir, who)
}

// claim locks a temporary folder for as long as this process lives, and hands it to the server's user.
func (s *Server) claim(dir string, who *account) error {
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	s.lock = lock
	if err := os.Chmod(dir, 0o711); err != nil {
		return fmt.Errorf("open %s to PostgreSQL: %w", dir, err)
	}
	if err := who.own(dir); err != nil {
		return fmt.Errorf("give %s to PostgreSQL: %w", dir, err)
	}
	return nil
}

// useFolder keeps the data in a folder that outlives the server.
func (s *Server) useFolder(dir string, who *account) error {
	full, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find the folder %s: %w", dir, err)
	}
	if err := os.MkdirAll(full, 0o711); err != nil {
		return fmt.Errorf("make PostgreSQL's folder: %w", err)
	}
	if err := who.own(full); err != nil {
		return fmt.Errorf("give %s to PostgreSQL: %w", full, err)
	}
	if err := reachable(full, who); err != nil {
		return err
	}
	s.data = filepath.Join(full, "data")
	return nil
}

// reachable checks that another user may pass through every parent folder.
func reachable(dir string, who *account) error {
	if who == nil {
		return nil
	}
	for at := filepath.Dir(dir); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return fmt.Errorf("look at %s: %w", at, err)
		}
		if info.Mode()&0o001 == 0 {
			return fmt.Errorf("PostgreSQL does not run as root and cannot pass through %s: "+
				"choose another folder, or `chmod o+x %s`", at, at)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// temporaryBase is memory for servers that need not be durable, else the usual temporary folder.
func temporaryBase(opt Options) string {
	if opt.Durable || opt.Dir != "" {
		return os.TempDir()
	}
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

func lockFolder(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return file, nil
}

// sweep removes temporary folders of processes that were killed before they could: their lock is free, and they are
// older than the moment between making a folder and locking it.
func sweep(base string) {
	dirs, _ := filepath.Glob(filepath.Join(base, prefix+"*")) // the pattern is well formed
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		if lock, err := lockFolder(dir); err == nil {
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}
