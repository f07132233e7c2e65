package pdu

// SubmitSM asks the MC to send a short message to one recipient. The MC answers with [SubmitSMResp], whose MessageID
// names the message from then on.
//
// ShortMessage and the message_payload TLV are alternatives; set one of them.
//
// SMPP 5.0 §4.2.1.1; SMPP 3.4 §4.4.1.
type SubmitSM struct {
	ServiceType          string  // application service, empty for the default; at most 5 characters
	Source               Address // who sends; at most 20 characters, empty for the default of the ESME
	Dest                 Address // who receives; at most 20 characters
	ESMClass             ESMClass
	ProtocolID           uint8 // depends on the network; in GSM the TP-PID of 3GPP TS 23.040
	PriorityFlag         PriorityFlag
	ScheduleDeliveryTime string // when to send, 16 characters; empty means at once, see [ParseTime]
	ValidityPeriod       string // when to give up, 16 characters; empty for the default of the MC, see [ParseTime]
	RegisteredDelivery   RegisteredDelivery
	ReplaceIfPresent     uint8 // 1 replaces a message of the same source, destination and service type
	DataCoding           DataCoding
	SMDefaultMsgID       uint8  // a text that the MC has stored; 0 for none. SMPP 3.4: at most 254, SMPP 3.3: 100
	ShortMessage         []byte // user data; at most 255 octets, SMPP 3.4: 254, SMPP 3.3: 160
	TLVs                 TLVs
}

// CommandID returns CommandSubmitSM.
func (*SubmitSM) CommandID() CommandID { return CommandSubmitSM }

// Resp returns a new, empty response body.
func (*SubmitSM) Resp() *SubmitSMResp { return new(SubmitSMResp) }

func (p *SubmitSM) fields(c *codec) {
	c.cstring("service_type", &p.ServiceType, 6, StatusInvalidServiceType)
	c.address(sourceAddr, &p.Source, 21)
	c.address(destAddr, &p.Dest, 21)
	octet(c, "esm_class", &p.ESMClass, StatusInvalidESMClass)
	octet(c, "protocol_id", &p.ProtocolID, StatusOK)
	octet(c, "priority_flag", &p.PriorityFlag, StatusInvalidPriorityFlag)
	c.time("schedule_delivery_time", &p.ScheduleDeliveryTime, StatusInvalidScheduleTime)
	c.time("validity_period", &p.ValidityPeriod, StatusInvalidValidityPeriod)
	octet(c, "registered_delivery", &p.RegisteredDelivery, StatusInvalidRegisteredDelivery)
	octet(c, "replace_if_present_flag", &p.ReplaceIfPresent, StatusInvalidReplaceIfPresent)
	octet(c, "data_coding", &p.DataCoding, StatusInvalidDataCoding)
	c.defaultMsgID(&p.SMDefaultMsgID)
	c.shortMessage(&p.ShortMessage, StatusInvalidMsgLength)
	c.tlvs(&p.TLVs)
}

// SubmitSMResp answers [SubmitSM].
//
// SMPP 5.0 §4.2.1.2; SMPP 3.4 §4.4.2.
type SubmitSMResp struct {
	MessageID string // the MC's name for the message; at most 64 characters, SMPP 3.3: 8
	TLVs      TLVs
}

// CommandID returns CommandSubmitSMResp.
func (*SubmitSMResp) CommandID() CommandID { return CommandSubmitSMResp }

func (p *SubmitSMResp) fields(c *codec) {
	c.messageID(&p.MessageID, StatusInvalidMessageID)
	c.tlvs(&p.TLVs)
}
