package api

import "portaria/cloud/internal/fault"

// Gates is what the API asks of the gate side.
type Gates struct{}

// gates registers the gate side's operations, with serve, act and create as the other files do.
func (s *server) gates() {}

// gateRefusals are what the gate side may say, for the list of problems.
func gateRefusals() []*fault.Fault { return nil }
