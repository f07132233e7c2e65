//go:build race

package main

// raceDetector tells that the race detector is on, under which memory and time are others.
const raceDetector = true
