// Package venue is the arbiter's state machine: who was first, who is inside, which zone is full, which records the
// venue holds and which the cloud has. A hub drives it, or the cloud for a venue without a hub. It is pure: Step takes
// what happened and the time, and says what to do; the driver writes the disk and sends messages.
//
// Its two promises: a grant is durable before the ruling that tells of it, and a record is durable before the ack that
// tells of it.
package venue
