package pdu

// GenericNack refuses a PDU whose header is not acceptable, such as one with an unknown command_id. It answers the
// request with its sequence number, or none when that number is zero. A decoded generic_nack that has a status and no
// more has a nil Body, as every error response of 16 octets.
//
// SMPP 5.0 §4.1.4.1; SMPP 3.4 §4.3.1.
type GenericNack struct {
	TLVs TLVs
}

// CommandID returns CommandGenericNack.
func (*GenericNack) CommandID() CommandID { return CommandGenericNack }

func (p *GenericNack) fields(c *codec) { c.onlyTLVs(&p.TLVs) }
