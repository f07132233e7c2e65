package pdu

// CancelSM withdraws a message that was not delivered yet, or, without MessageID, every such message of the same
// source, destination and, when given, service type. The MC answers with [CancelSMResp].
//
// SMPP 5.0 §4.5.1.1; SMPP 3.4 §4.9.1.
type CancelSM struct {
	ServiceType string  // at most 5 characters
	MessageID   string  // as in the response to the submission; at most 64 characters, SMPP 3.3: 8
	Source      Address // as in the submission; at most 20 characters
	Dest        Address // as in the submission; at most 20 characters, may be empty when MessageID is not
	TLVs        TLVs
}

// CommandID returns CommandCancelSM.
func (*CancelSM) CommandID() CommandID { return CommandCancelSM }

// Resp returns a new, empty response body.
func (*CancelSM) Resp() *CancelSMResp { return new(CancelSMResp) }

func (p *CancelSM) fields(c *codec) {
	c.cstring("service_type", &p.ServiceType, 6, StatusInvalidServiceType)
	c.messageID(&p.MessageID, StatusInvalidMessageID)
	c.address(sourceAddr, &p.Source, 21)
	c.address(destAddr, &p.Dest, 21)
	c.tlvs(&p.TLVs)
}

// CancelSMResp answers [CancelSM].
//
// SMPP 5.0 §4.5.1.2; SMPP 3.4 §4.9.2.
type CancelSMResp struct {
	TLVs TLVs
}

// CommandID returns CommandCancelSMResp.
func (*CancelSMResp) CommandID() CommandID { return CommandCancelSMResp }

func (p *CancelSMResp) fields(c *codec) { c.onlyTLVs(&p.TLVs) }
