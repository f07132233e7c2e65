package pdu

// Outbind asks an ESME, on a connection that the MC opened, to bind. It has no response: the ESME binds, or drops the
// connection.
//
// SMPP 5.0 §4.1.1.7; SMPP 3.4 §4.1.7.
type Outbind struct {
	SystemID string   // who the MC is; at most 15 characters
	Password Password // by which the ESME knows the MC; at most 8 characters, unless [Limits] say more
	TLVs     TLVs
}

// CommandID returns CommandOutbind.
func (*Outbind) CommandID() CommandID { return CommandOutbind }

func (p *Outbind) fields(c *codec) {
	c.systemID(&p.SystemID, StatusInvalidSystemID)
	c.password(0, &p.Password)
	c.tlvs(&p.TLVs)
}
