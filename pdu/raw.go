package pdu

import "fmt"

// Raw is a body that is kept as the octets it consists of: that of a command which this package does not know, such as
// a vendor's, or one that could not be decoded. Encoding writes it back as it is.
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
