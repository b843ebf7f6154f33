package edge

// OutputsOffAt and OutputsTestAt are the technician's commands on a kernel that is played.
var (
	OutputsOffAt  = outputsOff
	OutputsTestAt = outputsTest
)

// Stays is how long the lane's device lets somebody through by its own clock.
var Stays = Output.stays
