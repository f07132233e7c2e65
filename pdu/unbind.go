package pdu

// Unbind ends the session in an orderly way; either side may send it. The peer answers with [UnbindResp].
//
// SMPP 5.0 §4.1.1.8; SMPP 3.4 §4.2.1.
type Unbind struct {
	TLVs TLVs
}

// CommandID returns CommandUnbind.
func (*Unbind) CommandID() CommandID { return CommandUnbind }

// Resp returns a new, empty response body.
func (*Unbind) Resp() *UnbindResp { return new(UnbindResp) }

func (p *Unbind) fields(c *codec) { c.onlyTLVs(&p.TLVs) }

// UnbindResp answers [Unbind]. Nothing follows it on the connection.
//
// SMPP 5.0 §4.1.1.9; SMPP 3.4 §4.2.2.
type UnbindResp struct {
	TLVs TLVs
}

// CommandID returns CommandUnbindResp.
func (*UnbindResp) CommandID() CommandID { return CommandUnbindResp }

func (p *UnbindResp) fields(c *codec) { c.onlyTLVs(&p.TLVs) }
