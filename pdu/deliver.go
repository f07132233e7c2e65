package pdu

// DeliverSM hands a short message, or a delivery receipt, to an ESME. The ESME answers with [DeliverSMResp]: an
// answer with StatusOK takes over the responsibility for the message.
//
// ShortMessage and the message_payload TLV are alternatives.
//
// SMPP 5.0 §4.3.1.1; SMPP 3.4 §4.6.1.
type DeliverSM struct {
	ServiceType          string   // application service, empty for the default; at most 5 characters
	Source               Address  // who sent the message; at most 20 characters
	Dest                 Address  // whom it is for; at most 20 characters
	ESMClass             ESMClass // tells receipts and notifications from messages
	ProtocolID           uint8    // depends on the network; in GSM the TP-PID of 3GPP TS 23.040
	PriorityFlag         PriorityFlag
	ScheduleDeliveryTime string // empty in SMPP 3.4; used between MCs in SMPP 5.0
	ValidityPeriod       string // empty in SMPP 3.4; used between MCs in SMPP 5.0
	RegisteredDelivery   RegisteredDelivery
	ReplaceIfPresent     uint8 // 0 in SMPP 3.4
	DataCoding           DataCoding
	SMDefaultMsgID       uint8  // 0 in SMPP 3.4; used between MCs in SMPP 5.0
	ShortMessage         []byte // user data; at most 255 octets, SMPP 3.4: 254, SMPP 3.3: 160
	TLVs                 TLVs
}

// CommandID returns CommandDeliverSM.
func (*DeliverSM) CommandID() CommandID { return CommandDeliverSM }

// Resp returns a new, empty response body.
func (*DeliverSM) Resp() *DeliverSMResp { return new(DeliverSMResp) }

func (p *DeliverSM) fields(c *codec) {
	c.cstring("service_type", &p.ServiceType, 6, StatusInvalidServiceType)
	c.address(sourceAddr, &p.Source, 21)
	c.address(destAddr, &p.Dest, 21)
	octet(c, "esm_class", &p.ESMClass, StatusInvalidESMClass)
	octet(c, "protocol_id", &p.ProtocolID, StatusOK)
	octet(c, "priority_flag", &p.PriorityFlag, StatusInvalidPriorityFlag)
	c.handoverTime("schedule_delivery_time", &p.ScheduleDeliveryTime, StatusInvalidScheduleTime)
	c.handoverTime("validity_period", &p.ValidityPeriod, StatusInvalidValidityPeriod)
	octet(c, "registered_delivery", &p.RegisteredDelivery, StatusInvalidRegisteredDelivery)
	octet(c, "replace_if_present_flag", &p.ReplaceIfPresent, StatusInvalidReplaceIfPresent)
	octet(c, "data_coding", &p.DataCoding, StatusInvalidDataCoding)
	octet(c, "sm_default_msg_id", &p.SMDefaultMsgID, StatusInvalidDefaultMsgID)
	c.shortMessage(&p.ShortMessage, StatusInvalidMsgLength)
	c.tlvs(&p.TLVs)
}

// DeliverSMResp answers [DeliverSM].
//
// SMPP 5.0 §4.3.1.2; SMPP 3.4 §4.6.2.
type DeliverSMResp struct {
	MessageID string // has no use and is best left empty; SMPP 3.4 does not permit another. Decoding keeps what is there
	TLVs      TLVs
}

// CommandID returns CommandDeliverSMResp.
func (*DeliverSMResp) CommandID() CommandID { return CommandDeliverSMResp }

func (p *DeliverSMResp) fields(c *codec) {
	size := 65 // decoding takes an id in every version: refusing the response would lose the acknowledgement
	switch {
	case c.mode == modeDecode:
	case c.ver == V34:
		size = 1
	case c.ver == V33:
		size = 9
	}
	c.cstring("message_id", &p.MessageID, size, StatusOK)
	c.tlvs(&p.TLVs)
}
