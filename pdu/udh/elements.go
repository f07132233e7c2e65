package udh

import "encoding/binary"

// Concat says which part of a long message this is. 3GPP TS 23.040 §9.2.3.24.1 and §9.2.3.24.8.
type Concat struct {
	Ref   uint16 // the same in all parts
	Total uint8  // number of parts, from 1
	Seq   uint8  // number of this part, from 1
	Wide  bool   // the reference has 16 bits in the header, else 8
}

// Element returns the information element; without Wide, the low 8 bits of Ref.
func (c Concat) Element() Element {
	if c.Wide {
		return Element{IDConcat16, []byte{byte(c.Ref >> 8), byte(c.Ref), c.Total, c.Seq}}
	}
	return Element{IDConcat8, []byte{byte(c.Ref), c.Total, c.Seq}}
}

// Concat returns which part of a long message this is. Elements of a wrong length, and those whose Total or Seq is 0 or
// whose Seq is beyond Total, are ignored; of several, the last one counts, whatever its width.
func (h Header) Concat() (Concat, bool) {
	for i := len(h) - 1; i >= 0; i-- {
		var c Concat
		switch d := h[i].Data; {
		case h[i].ID == IDConcat8 && len(d) == 3:
			c = Concat{uint16(d[0]), d[1], d[2], false}
		case h[i].ID == IDConcat16 && len(d) == 4:
			c = Concat{binary.BigEndian.Uint16(d), d[2], d[3], true}
		}
		if c.Seq > 0 && c.Seq <= c.Total {
			return c, true
		}
	}
	return Concat{}, false
}

// Ports are the application ports that a message goes to and comes from. 3GPP TS 23.040 §9.2.3.24.3 and §9.2.3.24.4.
type Ports struct {
	Dest, Source uint16
	Wide         bool // ports have 16 bits in the header, else 8
}

// Element returns the information element; without Wide, the low 8 bits of each port.
func (p Ports) Element() Element {
	if p.Wide {
		b := binary.BigEndian.AppendUint16(make([]byte, 0, 4), p.Dest)
		return Element{IDPorts16, binary.BigEndian.AppendUint16(b, p.Source)}
	}
	return Element{IDPorts8, []byte{byte(p.Dest), byte(p.Source)}}
}

// Ports returns the application ports, of several the last ones. Elements of a wrong length are ignored.
func (h Header) Ports() (Ports, bool) {
	for i := len(h) - 1; i >= 0; i-- {
		switch d := h[i].Data; {
		case h[i].ID == IDPorts8 && len(d) == 2:
			return Ports{uint16(d[0]), uint16(d[1]), false}, true
		case h[i].ID == IDPorts16 && len(d) == 4:
			return Ports{binary.BigEndian.Uint16(d), binary.BigEndian.Uint16(d[2:]), true}, true
		}
	}
	return Ports{}, false
}

// SingleShift returns the element that names the national language whose table stands for the extension table of GSM
// 7-bit text. 3GPP TS 23.040 §9.2.3.24.15.
func SingleShift(language uint8) Element { return Element{IDSingleShift, []byte{language}} }

// LockingShift returns the element that names the national language whose table stands for the main table of GSM 7-bit
// text. 3GPP TS 23.040 §9.2.3.24.16.
func LockingShift(language uint8) Element { return Element{IDLockingShift, []byte{language}} }

// Languages returns the national languages of the locking and of the single shift, 0 where there is none. An element of
// a wrong length is ignored. What the numbers mean is told by text.Language.
func (h Header) Languages() (locking, single uint8) {
	for _, e := range h {
		switch {
		case e.ID == IDLockingShift && len(e.Data) == 1:
			locking = e.Data[0]
		case e.ID == IDSingleShift && len(e.Data) == 1:
			single = e.Data[0]
		}
	}
	return locking, single
}
