package pdu

// QuerySM asks for the state of a message. The MC answers with [QuerySMResp].
//
// SMPP 5.0 §4.5.2.1; SMPP 3.4 §4.8.1.
type QuerySM struct {
	MessageID string  // as in the response to the submission; at most 64 characters, SMPP 3.3: 8
	Source    Address // as in the submission; at most 20 characters
	TLVs      TLVs
}

// CommandID returns CommandQuerySM.
func (*QuerySM) CommandID() CommandID { return CommandQuerySM }

// Resp returns a new, empty response body.
func (*QuerySM) Resp() *QuerySMResp { return new(QuerySMResp) }

func (p *QuerySM) fields(c *codec) {
	c.messageID(&p.MessageID, StatusInvalidMessageID)
	c.address(sourceAddr, &p.Source, 21)
	c.tlvs(&p.TLVs)
}

// QuerySMResp answers [QuerySM].
//
// SMPP 5.0 §4.5.2.2; SMPP 3.4 §4.8.2.
type QuerySMResp struct {
	MessageID    string       // as in the request; at most 64 characters, SMPP 3.3: 8
	FinalDate    string       // when the final state was reached; empty before. Some MCs send 12 characters, not 16
	MessageState MessageState // where the message is
	ErrorCode    uint8        // why delivery failed, by the code of the network or the MC; 0 for none
	TLVs         TLVs
}

// CommandID returns CommandQuerySMResp.
func (*QuerySMResp) CommandID() CommandID { return CommandQuerySMResp }

func (p *QuerySMResp) fields(c *codec) {
	c.messageID(&p.MessageID, StatusInvalidMessageID)
	c.finalDate("final_date", &p.FinalDate)
	octet(c, "message_state", &p.MessageState, StatusOK)
	octet(c, "error_code", &p.ErrorCode, StatusOK)
	c.tlvs(&p.TLVs)
}
