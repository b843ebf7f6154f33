// Package sim runs the admission protocol's real cores (edge/gate, edge/venue, cloud/entry) in a world that a seed
// decides: messages are lost, doubled and late, cables are cut one way or both, processes die between any two effects,
// disks lose what was not synced, fail, vanish or come back from an old image, clocks jump. Then the world heals, falls
// quiet, and is judged by who physically passed. The same seed gives the same world to the letter.
//
// It knows the cores' inputs and effects and nothing of how they decide; it never asks the judge.
package sim
