package text

// SegmentOctets is what one short message carries in a GSM network, user data header included. 3GPP TS 23.040 §9.2.3.16.
const SegmentOctets = 140

// Room returns how many units of the alphabet one short message carries beside a user data header of that many octets,
// its length octet included; 0 for no header.
func (a Alphabet) Room(headerOctets int) int {
	return max(0, SegmentOctets-headerOctets) * 8 / a.UnitBits()
}

// Layout is what takes room in each part of a message besides its text. The zero Layout is a concatenation element with
// a reference of 8 bits, in messages of more than one part.
type Layout struct {
	Wide         bool // a concatenation element with a reference of 16 bits
	HeaderOctets int  // octets of other information elements, each with its two octets of name and length
}

// Header returns the octets of the user data header of each part of a message, length octet included; 0 when there is
// none. Elements for the national tables of c are counted.
func (l Layout) Header(c Codec, parts bool) int {
	n := l.HeaderOctets
	if c.Alphabet.septets() {
		if c.Locking.HasLocking() {
			n += 3
		}
		if c.Single.HasSingle() {
			n += 3
		}
	}
	switch {
	case parts && l.Wide:
		n += 6
	case parts:
		n += 5
	}
	if n > 0 {
		n++
	}
	return n
}

// Count is the size of a text, as message composers show it.
type Count struct {
	Units    int // of the whole text: septets, code units or octets, as Alphabet.UnitBits says
	Segments int // short messages that it takes; an empty text takes one
	Room     int // units that one of those segments carries
	Left     int // units left in the last one
}

// Count sizes a text that is split into as many short messages as it needs, each as full as can be without cutting a
// character. The number of segments is not limited here, though no message can have more than 255 parts. The error is
// that of [Codec.AppendEncode], or [ErrNoRoom].
func (c Codec) Count(s string, l Layout) (Count, error) {
	count, err := c.single(s, l)
	if err != nil || count.Segments == 1 {
		return count, err
	}
	header := l.Header(c, true)
	c.Fill = FillBits(header)
	count = Count{Room: c.Alphabet.Room(header)}
	for rest := s; rest != ""; {
		n, units, err := c.Cut(rest, count.Room)
		if err != nil {
			return Count{}, shift(err, len(s)-len(rest))
		}
		if n == 0 {
			return Count{}, ErrNoRoom
		}
		rest = rest[n:]
		count.Units += units
		count.Segments++
		count.Left = count.Room - units
	}
	return count, nil
}

// single sizes a text that fits into one segment; where it does not, Segments is 0.
func (c Codec) single(s string, l Layout) (Count, error) {
	header := l.Header(c, false)
	c.Fill = FillBits(header)
	room := c.Alphabet.Room(header)
	n, units, err := c.Cut(s, room)
	if err != nil || n < len(s) {
		return Count{}, err
	}
	return Count{Units: units, Segments: 1, Room: room, Left: room - units}, nil
}

// shift moves the offset of an error that was found in a later part of a text.
func shift(err error, by int) error {
	if e, ok := err.(*EncodeError); ok {
		e.Offset += by
	}
	return err
}

// octets returns what a text takes in the network, headers included.
func (n Count) octets(c Codec, l Layout) int {
	return n.Segments*l.Header(c, n.Segments > 1) + (n.Units*c.Alphabet.UnitBits()+7)/8
}
