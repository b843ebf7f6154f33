// Package gate is the gate's state machine.
package gate
