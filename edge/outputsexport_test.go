package edge

// OutputsOffAt and OutputsTestAt are the technician's commands on a kernel that is played.
var (
	OutputsOffAt  = outputsOff
	OutputsTestAt = outputsTest
)
