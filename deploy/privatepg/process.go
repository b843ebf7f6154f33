package privatepg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// stopLimit is how long a fast shutdown may take before the server is killed.
const stopLimit = 20 * time.Second

// account is the user the server runs as; nil is whoever runs this process.
type account struct{ uid, gid int }

// serverUser is nil for an ordinary user. PostgreSQL refuses to run as root, so root drops to postgres or nobody.
func serverUser() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(found.Uid)
		gid, errGID := strconv.Atoi(found.Gid)
		if err := errors.Join(errUID, errGID); err != nil {
			return nil, fmt.Errorf("read the ids of user %s: %w", name, err)
		}
		return &account{uid: uid, gid: gid}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

// run prepares a command to run as the account, in a folder it may enter, and to end with this process.
func (a *account) run(cmd *exec.Cmd, dir string) {
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C.UTF-8", "TZ=UTC", "PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT, Setpgid: true}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
}

func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// startAndWatch starts cmd and closes exited when it ends. The parent-death signal fires when the *thread* that
// started the child ends, so one thread is kept for the child's whole life.
func startAndWatch(cmd *exec.Cmd, exited chan struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
			close(exited)
		}
	}()
	return <-started
}

// Stop shuts the server down and removes what was temporary. It may be called twice.
func (s *Server) Stop() error {
	err := s.shutDown()
	s.cleanUp()
	return err
}

func (s *Server) shutDown() error {
	if s.process == nil {
		return nil
	}
	defer func() { s.process = nil }()
	_ = s.process.Process.Signal(syscall.SIGINT) // fast shutdown; an error means it has already ended
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopLimit):
		_ = s.process.Process.Kill()
		<-s.exited
		return fmt.Errorf("PostgreSQL did not stop within %s and was killed", stopLimit)
	}
}

func (s *Server) cleanUp() {
	for _, path := range s.remove {
		_ = os.RemoveAll(path)
	}
	s.remove = nil
	if s.lock != nil {
		_ = s.lock.Close()
		s.lock = nil
	}
}
