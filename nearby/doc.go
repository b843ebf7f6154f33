// Package nearby tells the local network by mDNS what is here, and hears what others say, on every interface that can carry
// it. Loopback counts too, for programs of one machine.
//
// What is heard is not trusted: anybody may answer, with anything. Whoever uses it must know the right one by its key. And
// nothing may rely on it: not every network carries mDNS.
package nearby

// Names of what Portaria has on a network, as DNS-SD has them.
const (
	Hub  = "_portaria-hub._tcp"
	Gate = "_portaria-gate._tcp"
)
