package edge

import "time"

// ConsoleIn says whether a kernel's command line makes a device a console.
var ConsoleIn = consoleIn

// SilentReader asks after d about a reader that turned once.
func SilentReader(d time.Duration) error {
	var p pulses
	p.of(4, 0)()
	return p.check(time.Now().Add(d))
}
