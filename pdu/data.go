package pdu

// DataSM sends a message, in either direction; its text travels in the message_payload TLV. The receiver answers with
// [DataSMResp].
//
// SMPP 5.0 §4.2.2.1; SMPP 3.4 §4.7.1.
type DataSM struct {
	ServiceType        string  // application service, empty for the default; at most 5 characters
	Source             Address // who sends; at most 64 characters
	Dest               Address // who receives; at most 64 characters
	ESMClass           ESMClass
	RegisteredDelivery RegisteredDelivery
	DataCoding         DataCoding
	TLVs               TLVs
}

// CommandID returns CommandDataSM.
func (*DataSM) CommandID() CommandID { return CommandDataSM }

// Resp returns a new, empty response body.
func (*DataSM) Resp() *DataSMResp { return new(DataSMResp) }

func (p *DataSM) fields(c *codec) {
	c.cstring("service_type", &p.ServiceType, 6, StatusInvalidServiceType)
	c.address(sourceAddr, &p.Source, 65)
	c.address(destAddr, &p.Dest, 65)
	octet(c, "esm_class", &p.ESMClass, StatusInvalidESMClass)
	octet(c, "registered_delivery", &p.RegisteredDelivery, StatusInvalidRegisteredDelivery)
	octet(c, "data_coding", &p.DataCoding, StatusInvalidDataCoding)
	c.tlvs(&p.TLVs)
}

// DataSMResp answers [DataSM].
//
// SMPP 5.0 §4.2.2.2; SMPP 3.4 §4.7.2.
type DataSMResp struct {
	MessageID string // the MC's name for the message; at most 64 characters
	TLVs      TLVs
}

// CommandID returns CommandDataSMResp.
func (*DataSMResp) CommandID() CommandID { return CommandDataSMResp }

func (p *DataSMResp) fields(c *codec) {
	c.cstring("message_id", &p.MessageID, 65, StatusInvalidMessageID)
	c.tlvs(&p.TLVs)
}
