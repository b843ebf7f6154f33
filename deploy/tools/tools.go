// Package tools pins the programs that check and generate Portaria's code.
//
// They live in a module of their own so that their dependencies never reach the product. `make tools` builds
// them into .tools; the versions are those of this folder's go.mod.
package tools
