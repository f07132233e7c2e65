package multipart

import (
	"hash/maphash"
	"sync/atomic"
)

// Refs makes references for the parts of long messages. Messages to one destination get references one after another,
// so that one comes again only after 256 messages with MethodUDH8, or 65536 with the other methods; other destinations may
// take some of them in between. The zero Refs is ready for use, by many goroutines at once, and does not grow.
type Refs struct {
	seed  atomic.Pointer[maphash.Seed]
	slots [256]atomic.Uint32
}

// Next returns the reference for the next long message to a destination.
func (r *Refs) Next(destination string) uint16 {
	seed := r.seed.Load()
	if seed == nil {
		made := maphash.MakeSeed()
		r.seed.CompareAndSwap(nil, &made)
		seed = r.seed.Load()
	}
	hash := maphash.String(*seed, destination)
	// Where counting begins is random, so that a program that starts again does not begin with the same references.
	return uint16(r.slots[hash&0xFF].Add(1)) + uint16(hash&0xFF)*257
}
