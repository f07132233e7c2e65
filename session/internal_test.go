package session

import (
	"math/bits"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/session/internal/machine"
)

// TestShared: sessions that are configured alike share their configuration, and others do not.
func TestShared(t *testing.T) {
	config := func(c Config) *Config { return &c }
	a := shared(config(Config{Window: 5}).machineConfig(RoleMC))
	require.Same(t, a, shared(config(Config{Window: 5}).machineConfig(RoleMC)))
	for _, c := range []struct {
		Config
		role Role
	}{
		{Config{Window: 6}, RoleMC},
		{Config{Window: 5}, RoleESME},
		{Config{Window: 5, ResponseTimeout: time.Second}, RoleMC},
		{Config{Window: 5, Adaptive: &AdaptiveWindow{}}, RoleMC},
	} {
		b := shared(c.machineConfig(c.role))
		require.NotSame(t, a, b)
		require.NotEqual(t, *a, *b)
	}
}

// TestSizes: what there are many of fits a size class of Go's allocator, the next of which is an eighth or a quarter
// larger. Objects of more than 512 octets have a header of 8.
func TestSizes(t *testing.T) {
	if bits.UintSize != 64 {
		t.Skip("sizes are those of 64 bits")
	}
	require.LessOrEqual(t, unsafe.Sizeof(Session{}), uintptr(1536-8), "one for each connection")
	require.LessOrEqual(t, unsafe.Sizeof(machine.Op{}), uintptr(128), "one for each Send")
	require.LessOrEqual(t, unsafe.Sizeof(machine.Effect{}), uintptr(64), "one for each hook that waits; a line of the cache")
}
