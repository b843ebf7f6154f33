package cloud

import "portaria/cloud/internal/web/desk"

// Desk is the desk that is served, for the test that visits all its routes.
func (c *Cloud) Desk() *desk.Desk { return c.desk }
