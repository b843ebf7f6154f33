// Package whitelist is the signed list of who may enter one event, and the signed manifest of a venue's doors: how
// they are encoded, signed, checked, looked up, patched and merged. docs/list-format.md has every byte.
//
// It knows no disk, network, clock or randomness, and nothing of who was let in: that is history, and history is
// for package admit.
package whitelist
