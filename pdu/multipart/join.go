package multipart

import (
	"strings"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
)

// byteOrderMark is not a character of a text, where it begins one.
const byteOrderMark = "\uFEFF"

// Text returns the text of a body of the kinds that [Get] reads, as the peer means it. It is one part of the text where
// the message is in parts. With an error of the user data header or of the encoding there is a text all the same, as far
// as it could be read: see [Get] and text.Codec.AppendDecode. Octets without alphabet are returned as they are, those of
// an alphabet that can not be read not at all.
func Text(body pdu.Body, peer text.Peer) (string, error) {
	p, err := Get(body)
	s, decode := Join([]Part{p}, peer)
	if err == nil {
		err = decode
	}
	return s, err
}

// Join returns the text of parts that are given in their order. A character that a peer cut in two is whole again,
// since the octets are joined before they are read; parts may differ in data_coding all the same. A byte order mark at
// the start of the text is left out.
//
// The error is the first one that reading any of the parts gave; the text is as whole as it can be.
func Join(parts []Part, peer text.Peer) (string, error) {
	j := joiner{peer: peer}
	for i, p := range parts {
		if i > 0 && !follows(parts[i-1], p) {
			j.flush()
		}
		j.add(p)
	}
	j.flush()
	s := string(j.text)
	if j.mark {
		s = strings.TrimPrefix(s, byteOrderMark)
	}
	return s, j.err
}

// follows reports whether nothing is missing between two parts.
func follows(a, b Part) bool {
	x, ok := a.Number()
	y, also := b.Number()
	return !ok || !also || x.Seq+1 == y.Seq
}

// joiner collects octets for as long as they are of one codec. Those of packed text are septets.
type joiner struct {
	peer   text.Peer
	codec  text.Codec
	octets []byte
	text   []byte
	mark   bool // the text began in UCS-2, where a byte order mark may be
	err    error
}

func (j *joiner) fail(err error) {
	if j.err == nil {
		j.err = err
	}
}

func (j *joiner) add(p Part) {
	c, err := p.Codec(j.peer)
	if err != nil {
		j.flush()
		j.fail(err)
		return
	}
	octets := p.Octets
	if c.Alphabet == text.GSM7Packed {
		octets = text.AppendUnpacked(nil, octets, c.Fill, c.Padding)
		c = text.Codec{Alphabet: text.GSM7, Locking: c.Locking, Single: c.Single}
	}
	if c != j.codec {
		j.flush()
	}
	if len(j.text) == 0 && len(j.octets) == 0 {
		j.mark = c.Alphabet == text.UCS2
	}
	j.codec = c
	j.octets = append(j.octets, octets...)
	if c.Alphabet == text.UCS2 && len(octets)%2 != 0 {
		j.flush() // the next part begins with a whole code unit
	}
}

func (j *joiner) flush() {
	if len(j.octets) == 0 {
		return
	}
	var err error
	if j.text, err = j.codec.AppendDecode(j.text, j.octets); err != nil {
		j.fail(err)
	}
	j.octets = j.octets[:0]
}
