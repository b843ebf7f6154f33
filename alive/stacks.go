package alive

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// maxStacks bounds what one telling of stacks holds in memory, in bytes.
const maxStacks = 16 << 20

// Stacks writes down what every goroutine is doing whenever the process gets SIGUSR1, and goes on, until ctx ends: of a
// program that stands still that is the only evidence, and it is gone once somebody has started it anew. It returns at
// once, and from then on the signal ends nothing.
func Stacks(ctx context.Context, to io.Writer) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		defer signal.Stop(asked)
		for {
			select {
			case <-ctx.Done():
				return
			case <-asked:
				stacks := Goroutines()
				_, _ = fmt.Fprintf(to, "%s\n%s\n", stacksOf(runtime.NumGoroutine()), stacks) // there is nowhere to say that this failed
			}
		}
	}()
}

// stacksOf is the line before the stacks, which is looked for by who asked.
func stacksOf(n int) string { return fmt.Sprintf("stacks of %d goroutines, as asked by SIGUSR1:", n) }

// Goroutines is what every goroutine is doing.
func Goroutines() []byte {
	for size := 1 << 18; ; size *= 4 {
		buf := make([]byte, min(size, maxStacks))
		if n := runtime.Stack(buf, true); n < len(buf) || size >= maxStacks {
			return buf[:n]
		}
	}
}
