// Package ticket is the printed code: mint, parse and verify.
package ticket
