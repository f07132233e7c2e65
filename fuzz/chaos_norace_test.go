//go:build !race

package fuzz

// chaosRace tells that the race detector is on.
const chaosRace = false
