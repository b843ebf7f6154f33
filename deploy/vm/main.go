// Command vm tests a gate in virtual machines with Debian's kernel: `go run ./deploy/vm hw` plugs real devices into a real
// kernel while the real program runs, `go run ./deploy/vm power` cuts its power again and again.
//
// Here is what stands around the machines; what runs inside them are the tests of package edge with the build tag vm.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type commands struct {
	HW    hardware `cmd:"" name:"hw" help:"Scanners, a camera and GPIO lines, plugged and unplugged while a gate runs."`
	Power power    `cmd:"" help:"Cut the power of a gate under load, and look what its journal kept."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	parsed := kong.Parse(&c, kong.Name("vm"), kong.UsageOnError())
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "vm:", err)
		os.Exit(1)
	}
}

// slow is how long a machine may take for its whole life: it is emulated, on a computer with other work.
const slow = 8 * time.Minute
