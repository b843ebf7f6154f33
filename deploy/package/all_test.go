//go:build packages

package packaging_test

import "testing"

// TestEveryPackageIsTheSameBytesTwice takes minutes: `make deb` runs it.
func TestEveryPackageIsTheSameBytesTwice(t *testing.T) {
	sameBytes(t, "edge/arm64", "edge/armhf", "edge/amd64", "hub/arm64", "hub/amd64", "cloud/arm64", "cloud/amd64")
}
