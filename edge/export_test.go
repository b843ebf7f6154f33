package edge

import (
	"context"
	"log/slog"
	"time"

	"portaria/doctor"
	"portaria/edge/internal/lane"
	"portaria/identity/join"
)

// Lasts says whether a name stays with its device.
var Lasts = lasts

// ScannerFinding is what a doctor says of a lane's scanner while the gate does not run.
func ScannerFinding(l Lane) doctor.Finding { return scannerFindings(l, false, lane.Status{})[0] }

// ConsoleIn says whether a kernel's command line makes a device a console.
var ConsoleIn = consoleIn

// SilentReader asks after d about a reader that turned once.
func SilentReader(d time.Duration) error {
	var p pulses
	p.of(4, 0)()
	return p.check(time.Now().Add(d))
}

// LookAtDisk is what a gate says of its disk, of which room tells.
func LookAtDisk(dir string, room func(string) (free, size int64, err error)) func() string {
	return (&disk{dir: dir, room: room}).look
}

// DialHub finds a member's hub as a running gate does, and says where.
func DialHub(ctx context.Context, stateDir string, m *join.Member) (at string, err error) {
	cfg := &Config{StateDir: stateDir, member: m}
	if err := cfg.fill(m.Settings); err != nil {
		return "", err
	}
	line := &hubLine{cfg: cfg, log: slog.New(slog.DiscardHandler), member: m, last: learnt(cfg.identityDir()), keep: true}
	conn, err := line.dialHTTP(ctx, "", "")
	if err != nil {
		return "", err
	}
	return conn.RemoteAddr().String(), conn.Close()
}
