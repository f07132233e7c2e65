//go:build race

package machine

// The machine has no goroutines: under the race detector, which finds nothing here, the long tests are short.
const underRace = true
