package pdu

import (
	"encoding/json"
	"fmt"
	"io"
)

// Raw is a body that is kept as the octets it consists of: that of a command which this package does not know, such as
// a vendor's, or one that could not be decoded. Encoding writes it back as it is.
//
// A Raw that may hold a password, which is that of a bind or outbind, hides its octets from package fmt, from package
// log/slog, and from encoders of text and JSON, whatever they are asked for; the octets themselves are Data. The places
// that do not ask a value how to print it are those of [Password].
type Raw struct {
	ID   CommandID // of the PDU
	Data []byte    // the octets after the header
}

// CommandID returns ID.
func (p *Raw) CommandID() CommandID { return p.ID }

func (p *Raw) fields(c *codec) { c.rest("data", &p.Data) }

// String names the command and tells the number of octets. It does not show them, since they may hold a password.
func (p Raw) String() string { return fmt.Sprintf("%v, raw, %d octets", p.ID, len(p.Data)) }

// GoString returns String, so that %#v does not show the octets either.
func (p Raw) GoString() string { return p.String() }

// Format prints String where a string can be printed, and always when the octets may hold a password. It implements
// [fmt.Formatter].
func (p Raw) Format(f fmt.State, verb rune) {
	var x any = plainRaw(p)
	switch verb {
	case 'v', 's':
		_, _ = io.WriteString(f, p.String())
		return
	case 'x', 'X', 'q':
		x = p.String()
	default:
		if mayHoldPassword(p.ID) {
			_, _ = io.WriteString(f, p.String())
			return
		}
	}
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), x)
}

// plainRaw is a Raw that prints as a struct.
type plainRaw Raw

// MarshalText returns String.
func (p Raw) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalJSON returns ID and Data, and null for Data that may hold a password.
func (p Raw) MarshalJSON() ([]byte, error) {
	if mayHoldPassword(p.ID) {
		p.Data = nil
	}
	return json.Marshal(plainRaw(p))
}
