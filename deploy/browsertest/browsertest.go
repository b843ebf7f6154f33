// Package browsertest opens a real Chromium for tests.
//
// Where Debian's chromium-headless-shell is, that is the one: the same engine without the windows, menus and services
// around it, which take a third of a test's time and draw nothing that a test looks at. Elsewhere it is chromium itself.
package browsertest

import (
	"context"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Program is the browser's executable: a path, or chromium where nothing better is found. Of Debian's package it is the
// program behind the script in /usr/bin, which would outlive the script when a test is killed.
var Program = sync.OnceValue(func() string {
	for _, name := range []string{"/usr/lib/chromium/chromium-headless-shell", "chromium-headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return "chromium"
})

// Open starts a browser of the test's own that says no word to the network, and gives its first tab. It ends with the
// test, or after limit. Options are added to the usual ones.
func Open(t testing.TB, limit time.Duration, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	all := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath(Program()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(all, options...)...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, limit)
	t.Cleanup(stop)
	return ctx
}

// Speaks makes a browser ask for pages in a language.
func Speaks(language string) chromedp.ExecAllocatorOption {
	return func(a *chromedp.ExecAllocator) {
		chromedp.Flag("lang", language)(a)
		chromedp.Flag("accept-lang", language)(a)
	}
}
