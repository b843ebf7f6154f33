// Package admit is the one judge: Decide says whether a code may come in now, Fold says what a right's history adds up
// to. Gate, arbiter and cloud all use it, so they cannot disagree. It knows no clock, no disk and no network; whoever
// asks brings the facts. DESIGN.md has the order of the checks and what was rejected.
package admit
