//go:build race

package fuzz

// chaosRace tells that the race detector is on, under which everything takes several times as long.
const chaosRace = true
