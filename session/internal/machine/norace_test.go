//go:build !race

package machine

const underRace = false
