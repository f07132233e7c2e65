package pdu

// ReplaceSM changes a message that was not delivered yet. Destination, service type, esm_class and data_coding stay.
// The MC answers with [ReplaceSMResp].
//
// SMPP 5.0 §4.5.3.1; SMPP 3.4 §4.10.1.
type ReplaceSM struct {
	MessageID            string  // as in the response to the submission; at most 64 characters, SMPP 3.3: 8
	Source               Address // as in the submission; at most 20 characters
	ScheduleDeliveryTime string  // when to send, 16 characters; empty leaves it as it is, see [ParseTime]
	ValidityPeriod       string  // when to give up, 16 characters; empty leaves it as it is, see [ParseTime]
	RegisteredDelivery   RegisteredDelivery
	SMDefaultMsgID       uint8  // a text that the MC has stored; 0 for none. SMPP 3.4: at most 254, SMPP 3.3: 100
	ShortMessage         []byte // the new user data; at most 255 octets, SMPP 3.4: 254, SMPP 3.3: 160
	TLVs                 TLVs
}

// CommandID returns CommandReplaceSM.
func (*ReplaceSM) CommandID() CommandID { return CommandReplaceSM }

// Resp returns a new, empty response body.
func (*ReplaceSM) Resp() *ReplaceSMResp { return new(ReplaceSMResp) }

func (p *ReplaceSM) fields(c *codec) {
	c.messageID(&p.MessageID, StatusInvalidMessageID)
	c.address(sourceAddr, &p.Source, 21)
	c.time("schedule_delivery_time", &p.ScheduleDeliveryTime, StatusInvalidScheduleTime)
	c.time("validity_period", &p.ValidityPeriod, StatusInvalidValidityPeriod)
	octet(c, "registered_delivery", &p.RegisteredDelivery, StatusInvalidRegisteredDelivery)
	c.defaultMsgID(&p.SMDefaultMsgID)
	c.shortMessage(&p.ShortMessage, StatusInvalidMsgLength)
	c.tlvs(&p.TLVs)
}

// ReplaceSMResp answers [ReplaceSM].
//
// SMPP 5.0 §4.5.3.2; SMPP 3.4 §4.10.2.
type ReplaceSMResp struct {
	TLVs TLVs
}

// CommandID returns CommandReplaceSMResp.
func (*ReplaceSMResp) CommandID() CommandID { return CommandReplaceSMResp }

func (p *ReplaceSMResp) fields(c *codec) { c.onlyTLVs(&p.TLVs) }
