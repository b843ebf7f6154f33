// Package packaging tests the Debian packages that build makes: that the same source gives the same bytes, what is in
// them, and what installing, removing and purging does.
package packaging
