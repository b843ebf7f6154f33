// Package lane drives a gate's core (package gate) with real devices, store and network: one goroutine owns the
// core's state, gives it what happens one input at a time, and does what it answers, in order.
//
// It decides nothing about admission. What it knows is how to say what a scanned text is (Resolver), what time it is
// and how sure that is (Clock), and what an operator should see (Status).
package lane
