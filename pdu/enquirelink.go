package pdu

// EnquireLink asks whether the peer is alive; either side may send it. The peer answers with [EnquireLinkResp].
//
// SMPP 5.0 §4.1.2.1; SMPP 3.4 §4.11.1.
type EnquireLink struct {
	TLVs TLVs
}

// CommandID returns CommandEnquireLink.
func (*EnquireLink) CommandID() CommandID { return CommandEnquireLink }

// Resp returns a new, empty response body.
func (*EnquireLink) Resp() *EnquireLinkResp { return new(EnquireLinkResp) }

func (p *EnquireLink) fields(c *codec) { c.onlyTLVs(&p.TLVs) }

// EnquireLinkResp answers [EnquireLink]. Its status is always StatusOK.
//
// SMPP 5.0 §4.1.2.2; SMPP 3.4 §4.11.2.
type EnquireLinkResp struct {
	TLVs TLVs
}

// CommandID returns CommandEnquireLinkResp.
func (*EnquireLinkResp) CommandID() CommandID { return CommandEnquireLinkResp }

func (p *EnquireLinkResp) fields(c *codec) { c.onlyTLVs(&p.TLVs) }
