// Package privatepg runs a PostgreSQL of one's own for the demo, the tests and the benchmarks.
//
// It starts the server binaries that the machine has, in a folder of its own, reachable only through a Unix socket
// that only this user may open. It knows nothing of tables; a production database is the operator's.
package privatepg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// startLimit bounds how long the server may take to answer, recovery after a crash included.
const startLimit = 60 * time.Second

// Options of a server.
type Options struct {
	Dir     string // holds the data and outlives Stop; empty = a temporary folder that Stop removes
	Durable bool   // fsync on, as for figures and anything that must survive a power cut; off is for tests
}

// Server is a running PostgreSQL with one superuser, "portaria", and no password.
type Server struct {
	data, sockets string
	remove        []string
	lock          *os.File
	process       *exec.Cmd
	exited        chan struct{}
}

// Start finds PostgreSQL, makes a database cluster where there is none yet, and returns once it answers.
// The server ends with this process, even when it is killed.
func Start(ctx context.Context, opt Options) (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	who, err := serverUser()
	if err != nil {
		return nil, err
	}
	s := &Server{exited: make(chan struct{})}
	if err := s.prepareFolders(opt, who); err != nil {
		s.cleanUp()
		return nil, err
	}
	if err := s.boot(ctx, bin, opt, who); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) boot(ctx context.Context, bin string, opt Options, who *account) error {
	if _, err := os.Stat(filepath.Join(s.data, "PG_VERSION")); err != nil {
		if err := s.initialise(ctx, bin, opt, who); err != nil {
			return err
		}
	}
	if err := s.launch(bin, opt, who); err != nil {
		return err
	}
	return s.await(ctx)
}

func (s *Server) initialise(ctx context.Context, bin string, opt Options, who *account) error {
	args := []string{"-D", s.data, "-U", "portaria", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"}
	if !opt.Durable {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), args...)
	who.run(cmd, s.sockets)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb in %s: %w: %s", s.data, err, lastLine(out))
	}
	return nil
}

func (s *Server) launch(bin string, opt Options, who *account) error {
	cmd := exec.Command(filepath.Join(bin, "postgres"), s.arguments(opt)...)
	who.run(cmd, s.sockets)
	log, err := os.Create(s.logPath())
	if err != nil {
		return fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := startAndWatch(cmd, s.exited); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.process = cmd
	return nil
}

func (s *Server) arguments(opt Options) []string {
	args := []string{
		"-D", s.data, "-k", s.sockets,
		"-c", "listen_addresses=", "-c", "unix_socket_permissions=0700",
		"-c", "max_connections=300", "-c", "shared_buffers=128MB",
	}
	if !opt.Durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	return args
}

func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.exited:
			return fmt.Errorf("PostgreSQL ended while starting: %s", s.logTail())
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not answer: %w: %s", err, s.logTail())
		case <-tick.C:
		}
	}
}

// URL is the connection string of one database of the server.
func (s *Server) URL(database string) string {
	query := url.Values{"host": {s.sockets}, "user": {"portaria"}}
	return "postgres:///" + url.PathEscape(database) + "?" + query.Encode()
}

// CreateDatabase makes a database as a copy of template; "" is an empty one.
func (s *Server) CreateDatabase(ctx context.Context, name, template string) error {
	if template == "" {
		template = "template1"
	}
	statement := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize() +
		" TEMPLATE " + pgx.Identifier{template}.Sanitize()
	if err := s.exec(ctx, statement); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// DropDatabase removes a database, cutting off who still uses it.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	err := s.exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	if err != nil {
		return fmt.Errorf("drop database %s: %w", name, err)
	}
	return nil
}

func (s *Server) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to the private PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func (s *Server) logPath() string { return filepath.Join(s.sockets, "postgres.log") }

func (s *Server) logTail() string {
	raw, err := os.ReadFile(s.logPath())
	if err != nil {
		return "no log: " + err.Error()
	}
	return lastLine(raw)
}

func lastLine(raw []byte) string {
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return lines[len(lines)-1]
}
