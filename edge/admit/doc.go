// Package admit is the one judge.
package admit
