// Package whitelist is the signed list.
package whitelist
