package multipart

import (
	"fmt"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
)

// Message is what a [Reassembler] hands over: a message of one part, the parts of a long one, or, when Reason says so,
// those of them that came.
type Message struct {
	Source, Dest pdu.Address
	Parts        []Part // in the order of their numbers, without those missing
	Total        int    // how many parts the message has
	Reason       Reason
	First        time.Time // when the first of the parts came
}

// Reason is why a message is handed over.
type Reason uint8

// Reasons.
const (
	Complete Reason = iota // all parts are there
	Repeated               // all parts are there, and the same parts were handed over not long ago
	Expired                // the missing parts did not come in time
	Conflict               // another message with the same reference began: a part came again with other content
	Evicted                // the store was full
)

// String returns the name of the reason, which fits as the label of a counter.
func (r Reason) String() string {
	names := [...]string{Complete: "complete", Repeated: "repeated", Expired: "expired", Conflict: "conflict", Evicted: "evicted"}
	if int(r) < len(names) {
		return names[r]
	}
	return fmt.Sprintf("reason(%d)", uint8(r))
}

// Whole reports whether all parts are there.
func (m Message) Whole() bool { return len(m.Parts) == m.Total }

// Missing returns the numbers of the parts that are not there.
func (m Message) Missing() []int {
	var missing []int
	next := 1
	for _, p := range m.Parts {
		n, ok := p.Number()
		if !ok {
			return nil
		}
		for ; next < n.Seq; next++ {
			missing = append(missing, next)
		}
		next = n.Seq + 1
	}
	for ; next <= m.Total; next++ {
		missing = append(missing, next)
	}
	return missing
}

// Text returns the text of the parts that are there, as the peer means it. The errors are those of [Join].
func (m Message) Text(peer text.Peer) (string, error) { return Join(m.Parts, peer) }

// Octets returns the octets of the parts that are there, without user data headers, one after another. For a message
// of one part they are those of the part, not a copy.
func (m Message) Octets() []byte {
	if len(m.Parts) == 1 {
		return m.Parts[0].Octets
	}
	var b []byte
	for _, p := range m.Parts {
		b = append(b, p.Octets...)
	}
	return b
}
