package pdu

// SubmitMulti asks the MC to send a short message to several recipients. The MC answers with [SubmitMultiResp], whose
// one MessageID stands for all of them.
//
// ShortMessage and the message_payload TLV are alternatives; set one of them.
//
// SMPP 5.0 §4.2.3.1; SMPP 3.4 §4.5.1.
type SubmitMulti struct {
	ServiceType          string        // application service, empty for the default; at most 5 characters
	Source               Address       // who sends; at most 20 characters, empty for the default of the ESME
	Dests                []DestAddress // who receives; 1 to 255, SMPP 3.4: 254
	ESMClass             ESMClass
	ProtocolID           uint8 // depends on the network; in GSM the TP-PID of 3GPP TS 23.040
	PriorityFlag         PriorityFlag
	ScheduleDeliveryTime string // when to send, 16 characters; empty means at once, see [ParseTime]
	ValidityPeriod       string // when to give up, 16 characters; empty for the default of the MC, see [ParseTime]
	RegisteredDelivery   RegisteredDelivery
	ReplaceIfPresent     uint8 // SMPP 3.4 wants 0
	DataCoding           DataCoding
	SMDefaultMsgID       uint8  // a text that the MC has stored; 0 for none. SMPP 3.4: at most 254, SMPP 3.3: 100
	ShortMessage         []byte // user data; at most 255 octets, SMPP 3.4: 254, SMPP 3.3: 160
	TLVs                 TLVs
}

// CommandID returns CommandSubmitMulti.
func (*SubmitMulti) CommandID() CommandID { return CommandSubmitMulti }

// Resp returns a new, empty response body.
func (*SubmitMulti) Resp() *SubmitMultiResp { return new(SubmitMultiResp) }

func (p *SubmitMulti) fields(c *codec) {
	c.cstring("service_type", &p.ServiceType, 6, StatusInvalidServiceType)
	c.address(sourceAddr, &p.Source, 21)
	list(c, destList, &p.Dests, (*DestAddress).fields)
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

// destList is the list of destinations; an empty distribution list name takes two octets.
var destList = &listFields{
	count: "number_of_dests", name: "dest_address",
	least: 1, most: 255, elemSize: 2, status: StatusInvalidNumberOfDests,
}

// DestFlag is dest_flag of submit_multi: what an element of its list is. Decoding refuses any other value with
// StatusInvalidDestFlag. SMPP 5.0 §4.7.9; SMPP 3.4 §5.2.25.
type DestFlag uint8

// Kinds of destinations.
const (
	DestFlagSME  DestFlag = 1
	DestFlagList DestFlag = 2
)

var destFlagNames = [...]string{
	DestFlagSME:  "sme_address",
	DestFlagList: "distribution_list",
}

// String returns the name of the value, or its number.
func (v DestFlag) String() string { return enumName(v, destFlagNames[:]) }

// DestAddress is one destination of [SubmitMulti]: the Address of an SME, or the name of a distribution list that the
// MC has. A Flag of zero is taken for DestFlagList when DLName is set, and for DestFlagSME when it is not; decoding
// always sets it.
//
// SMPP 5.0 §4.2.3.1; SMPP 3.4 §4.5.1.1.
type DestAddress struct {
	Flag    DestFlag
	Address Address // with DestFlagSME; at most 20 characters
	DLName  string  // with DestFlagList; at most 20 characters
}

// kind returns Flag, or what it is taken for.
func (p *DestAddress) kind() DestFlag {
	switch {
	case p.Flag != 0:
		return p.Flag
	case p.DLName != "":
		return DestFlagList
	}
	return DestFlagSME
}

func (p *DestAddress) fields(c *codec) {
	var flag DestFlag
	if c.mode != modeDecode {
		flag = p.kind()
	}
	at := c.pos
	octet(c, "dest_flag", &flag, StatusInvalidDestFlag)
	known := flag == DestFlagSME || flag == DestFlagList
	if (c.mode == modeDecode || c.mode == modeEncode) && !known {
		c.failAt(at, "dest_flag", StatusInvalidDestFlag, errBadDestFlag)
		return
	}
	if c.mode == modeDecode {
		p.Flag = flag
	}
	if c.choice(flag, DestFlagSME) {
		c.address(destAddr, &p.Address, 21)
	}
	if c.choice(flag, DestFlagList) {
		c.cstring("dl_name", &p.DLName, 21, StatusInvalidDLName)
	}
}

// SubmitMultiResp answers [SubmitMulti]. A StatusOK says that the message was taken for every destination but those in
// Unsuccess.
//
// SMPP 5.0 §4.2.3.2; SMPP 3.4 §4.5.2.
type SubmitMultiResp struct {
	MessageID string         // the MC's name for the message; at most 64 characters, SMPP 3.3: 8
	Unsuccess []UnsuccessSME // the destinations that were refused; at most 255, SMPP 3.4: 254
	TLVs      TLVs
}

// CommandID returns CommandSubmitMultiResp.
func (*SubmitMultiResp) CommandID() CommandID { return CommandSubmitMultiResp }

func (p *SubmitMultiResp) fields(c *codec) {
	c.messageID(&p.MessageID, StatusInvalidMessageID)
	list(c, unsuccessList, &p.Unsuccess, (*UnsuccessSME).fields)
	c.tlvs(&p.TLVs)
}

var unsuccessList = &listFields{count: "no_unsuccess", name: "unsuccess_sme", most: 255, elemSize: 7}

// UnsuccessSME is a destination that [SubmitMultiResp] reports as refused.
//
// SMPP 5.0 §4.2.3.2; SMPP 3.4 §4.5.2.1.
type UnsuccessSME struct {
	Address Address       // at most 20 characters
	Status  CommandStatus // error_status_code: why
}

func (p *UnsuccessSME) fields(c *codec) {
	c.address(reportedDest, &p.Address, 21)
	c.status("error_status_code", &p.Status)
}
