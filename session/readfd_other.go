//go:build !unix

package session

import "syscall"

// readinessKnown tells that a socket can be read and written without waiting, by its descriptor.
const readinessKnown = false

func readFD(uintptr, []byte) (int, error) { return 0, syscall.EINVAL }

func writeFD(uintptr, []byte) (int, error) { return 0, syscall.EINVAL }
