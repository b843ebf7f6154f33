package edge

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sys/unix"

	"portaria/bolt"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/output"
	"portaria/edge/internal/panel"
	"portaria/edge/internal/scanner"
	"portaria/identity/tpm"
)

// faultTime is how long a gate that can't start says so on its screens before it ends and is started anew.
const faultTime = 5 * time.Second

// outOfOrder has the screens say why the gate does not start, for a while: a dark one would not tell anybody what to do.
func (c Config) outOfOrder(ctx context.Context, why error, log *slog.Logger) {
	if c.Panel.Listen == "" {
		return
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Panel.Listen)
	if err != nil {
		return // it may be the very reason, and is in the log
	}
	ctx, stop := context.WithTimeout(ctx, cmp.Or(c.Panel.FaultTime, faultTime))
	defer stop()
	server := &http.Server{Handler: panel.Handler(panel.Config{Gate: c.dead(why), Log: log}), ReadHeaderTimeout: time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() { <-ctx.Done(); _ = server.Close() }()
	if c.Panel.Cert != "" {
		_ = server.ServeTLS(socket, c.Panel.Cert, c.Panel.Key) // until then
		return
	}
	_ = server.Serve(socket) // until then
}

// deadGate is a gate that did not start, as its screens show it.
type deadGate struct{ status lane.Status }

func (d deadGate) Status() lane.Status {
	d.status.At = time.Now().UnixMilli()
	return d.status
}

func (d deadGate) Changed() <-chan struct{} { return nil }

func (c Config) dead(why error) deadGate {
	st := lane.Status{Gate: c.Gate, Fault: faultOf(why)}
	for _, l := range c.Lanes {
		st.Lanes = append(st.Lanes, lane.LaneStatus{Lane: l.Number, Checkpoint: l.Checkpoint, Mode: "closed", Scanner: scanner.Gone, Output: output.Failed, Last: []lane.Shown{}})
	}
	return deadGate{st}
}

// faultOf names the screen for what stops a start: the disk, or something that only the log can tell.
func faultOf(err error) string {
	for _, chip := range []error{tpm.ErrNone, tpm.ErrOther, errOnCard} {
		if errors.Is(err, chip) {
			return "no_tpm"
		}
	}
	for _, disk := range []error{unix.ENOSPC, unix.EROFS, unix.EIO, unix.EDQUOT, fs.ErrPermission, bolt.ErrFull} {
		if errors.Is(err, disk) {
			return "no_disk"
		}
	}
	return "no_start"
}
