// Package arbiter makes the cloud the arbiter of venues that have no hub: it runs the same driver (floor) and the same core
// (edge/venue) as a hub, over the database.
//
// Of several cloud processes one decides for a venue at a time. It holds a lease, which is a number (the fence) in the
// venue's row that every one of its transactions begins by checking, under that row's lock. Whoever takes over raises the
// number: a process that was paused commits nothing any more, and since nothing is granted before it is committed, nothing
// is granted by two. The lease's time says only when another may try.
//
// A hub that joins the venue, or is heard, makes the same check fail. It is given a higher term than the cloud's, and what
// the cloud holds is handed back to it as to any hub with a new disk.
package arbiter
