package sim

// checkWire is filled in below.
func (w *World) checkWire(any) {}
