// Package gate is the gate's state machine: what happens, in which order, from a scan to a person who has passed and
// a record that has reached the cloud. It is pure: Step takes what happened and the time, and says what to do; the
// driver reads devices, writes the disk and sends messages. DESIGN.md says what it promises.
package gate
