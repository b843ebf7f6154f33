package main

import (
	"context"
	"fmt"
	"strconv"

	"portaria/scanner-sim/device"
)

// wire is how a virtual scanner is set up.
type wire struct {
	Baud   int    `help:"Pace of typing, in bits a second; 0 = at once." default:"9600"`
	Prefix string `help:"Put before each code, such as the AIM identifier ]Q1."`
	Suffix string `help:"Put after each code, with \\r \\n \\t for those characters." default:"\\r"`
}

func (w wire) options(link string) (device.Options, error) {
	suffix, err := strconv.Unquote(`"` + w.Suffix + `"`)
	if err != nil || suffix == "" {
		return device.Options{}, fmt.Errorf("--suffix %q: write it like \\r or \\r\\n", w.Suffix)
	}
	return device.Options{Link: link, Baud: w.Baud, Prefix: w.Prefix, Suffix: suffix}, nil
}

type serialCommand struct {
	Link string `required:"" help:"Path that the gate opens as its port." placeholder:"PATH"`
	Wire wire   `embed:""`
}

// Run types lines of standard input, and of other programs through the socket, until it is interrupted. The end of
// standard input is no reason to unplug the scanner.
func (c serialCommand) Run(ctx context.Context, std streams) error {
	options, err := c.Wire.options(c.Link)
	if err != nil {
		return err
	}
	listener, err := device.Listen(c.Link)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // Serve closes it too
	scanner, err := device.Open(options)
	if err != nil {
		return err
	}
	defer scanner.Close()
	fmt.Fprintf(std.out, "virtual scanner at %s; codes come on standard input and on %s\n", c.Link, device.SocketOf(c.Link))
	go func() {
		err := scanner.Lines(ctx, std.in, func(err error) {
			if err != nil && ctx.Err() == nil {
				fmt.Fprintln(std.err, "scanner-sim:", err)
			}
		})
		if err != nil {
			fmt.Fprintln(std.err, "scanner-sim:", err)
		}
	}()
	return scanner.Serve(ctx, listener)
}
