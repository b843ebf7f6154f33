//go:build pinned

// Package natsserver pins the NATS server that tests run. It is a module of its own so that its dependencies never
// reach the product.
package natsserver

import _ "github.com/nats-io/nats-server/v2" // built, never linked in
