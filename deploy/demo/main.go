// Command demo shows a festival evening on one computer: the real programs, a private PostgreSQL, virtual scanners, and
// a crowd whose every member's right answer is known beforehand. Tickets are sold, printed, scanned and counted; at the
// end the cloud's records are compared with what the crowd did, person by person.
//
// It uses what an operator and a buyer can use: configuration files, the API, pages, and the gates' scanners and
// screens. Everything it makes is in one folder that it removes at the end.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type options struct {
	Once bool   `help:"End after the evening; otherwise people trickle in until Ctrl-C." env:"ONCE"`
	Seed uint64 `help:"Which crowd comes." default:"2026"`
	Bin  string `help:"Folder of the built programs." default:"bin" placeholder:"FOLDER"`
	Keep bool   `help:"Leave the folder with logs and databases behind."`
}

func main() {
	var opt options
	kong.Parse(&opt, kong.Name("demo"), kong.Description("A festival evening: sold, scanned and counted."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, opt, newStory(os.Stdout))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}
