// Package sim runs the admission protocol's real cores (edge/gate, edge/venue, cloud/entry) in a world that a seed
// decides: messages are lost, doubled and late, cables are cut one way or both, processes die between any two effects,
// disks lose what was not synced, fail, vanish or come back from an old image, clocks jump. Then the world heals, falls
// quiet, is probed by fresh guests at every gate, and is judged by who physically passed. The same seed gives the same
// world to the letter.
//
// Around the cores stand models of their drivers (edge/internal/lane, floor, the cloud's ingest): what is
// done at once, what waits for the disk, what a crash forgets. The package knows the cores' inputs and effects and
// nothing of how they decide; who walked in is decided by the people of the world, never by the judge.
//
// One thing is left out because no protocol can see it: somebody who squeezes through an arm after its time, while the
// gate's process is dead as well.
package sim
