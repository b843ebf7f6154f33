// Package bolt keeps what a gate must not forget, in two bbolt files: the journal (every scan, the history of every
// right, what the gate knows of its hub) and the lists (signed lists, patches, the venue manifest).
//
// Two files, because loading a list writes megabytes and a scan must not wait behind them. It decides nothing: what a
// record means is for packages gate and admit, which list is right for package keeper.
package bolt
