// Package powercut makes, from what a program was seen to do to a file, the files that a power cut could have left.
//
// A trace of the program's system calls (by strace, so that nothing in the program has to lend itself to it) gives
// writes, syncs, and marks: lines that the program writes to a second file to say what it has promised. A disk may
// keep any part of what was written since the last sync, in sectors of 512 bytes and in any order; what was synced
// stays. The package is for tests; what a right file is, the caller knows.
package powercut
