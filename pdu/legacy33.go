package pdu

// ParamRetrieve asks for the value of a parameter of the account. The MC answers with [ParamRetrieveResp].
//
// SMPP 3.3 alone has it; the document prints no command_id, see [CommandParamRetrieve].
type ParamRetrieve struct {
	ParamName string // at most 31 characters
	TLVs      TLVs   // SMPP 3.3 has none
}

// CommandID returns CommandParamRetrieve.
func (*ParamRetrieve) CommandID() CommandID { return CommandParamRetrieve }

// Resp returns a new, empty response body.
func (*ParamRetrieve) Resp() *ParamRetrieveResp { return new(ParamRetrieveResp) }

func (p *ParamRetrieve) fields(c *codec) {
	c.cstring("param_name", &p.ParamName, 32, StatusOK)
	c.tlvs(&p.TLVs)
}

// ParamRetrieveResp answers [ParamRetrieve]. SMPP 3.3.
type ParamRetrieveResp struct {
	ParamValue string // at most 100 characters
	TLVs       TLVs   // SMPP 3.3 has none
}

// CommandID returns CommandParamRetrieveResp.
func (*ParamRetrieveResp) CommandID() CommandID { return CommandParamRetrieveResp }

func (p *ParamRetrieveResp) fields(c *codec) {
	c.cstring("param_value", &p.ParamValue, 101, StatusOK)
	c.tlvs(&p.TLVs)
}

// QueryLastMsgs asks for the ids of the newest messages of a source. The MC answers with [QueryLastMsgsResp].
//
// SMPP 3.3 alone has it; the document prints no command_id, see [CommandQueryLastMsgs].
type QueryLastMsgs struct {
	Source      Address // at most 20 characters
	NumMessages uint8   // how many to return; more than 100 counts as 100
	TLVs        TLVs    // SMPP 3.3 has none
}

// CommandID returns CommandQueryLastMsgs.
func (*QueryLastMsgs) CommandID() CommandID { return CommandQueryLastMsgs }

// Resp returns a new, empty response body.
func (*QueryLastMsgs) Resp() *QueryLastMsgsResp { return new(QueryLastMsgsResp) }

func (p *QueryLastMsgs) fields(c *codec) {
	c.address(sourceAddr, &p.Source, 21)
	octet(c, "num_messages", &p.NumMessages, StatusInvalidNumberOfMessages)
	c.tlvs(&p.TLVs)
}

// QueryLastMsgsResp answers [QueryLastMsgs]. SMPP 3.3.
type QueryLastMsgsResp struct {
	MessageIDs []string // at most 255 ids of at most 8 characters
	TLVs       TLVs     // SMPP 3.3 has none
}

// CommandID returns CommandQueryLastMsgsResp.
func (*QueryLastMsgsResp) CommandID() CommandID { return CommandQueryLastMsgsResp }

func (p *QueryLastMsgsResp) fields(c *codec) {
	list(c, idList, &p.MessageIDs, listedID)
	c.tlvs(&p.TLVs)
}

var idList = &listFields{count: "number_msgs", name: "message_details", most: 255, elemSize: 1}

func listedID(p *string, c *codec) { c.cstring("msgid", p, 9, StatusInvalidMessageID) }

// QueryMsgDetails asks for all that the MC has of a message. The MC answers with [QueryMsgDetailsResp].
//
// SMPP 3.3 alone has it; the document prints no command_id, see [CommandQueryMsgDetails].
type QueryMsgDetails struct {
	OriginalMessageID string  // as in the response to the submission; at most 8 characters
	Source            Address // as in the submission; at most 20 characters
	SMLength          uint8   // how many octets of the text to return
	TLVs              TLVs    // SMPP 3.3 has none
}

// CommandID returns CommandQueryMsgDetails.
func (*QueryMsgDetails) CommandID() CommandID { return CommandQueryMsgDetails }

// Resp returns a new, empty response body.
func (*QueryMsgDetails) Resp() *QueryMsgDetailsResp { return new(QueryMsgDetailsResp) }

func (p *QueryMsgDetails) fields(c *codec) {
	c.cstring("original_message_id", &p.OriginalMessageID, 9, StatusInvalidMessageID)
	c.address(sourceAddr, &p.Source, 21)
	octet(c, "sm_length", &p.SMLength, StatusOK)
	c.tlvs(&p.TLVs)
}

// QueryMsgDetailsResp answers [QueryMsgDetails]. SMPP 3.3.
type QueryMsgDetailsResp struct {
	ServiceType          string        // at most 5 characters
	Source               Address       // who sent; at most 20 characters
	Dests                []DestAddress // who receives; at most 255
	ProtocolID           uint8
	PriorityFlag         PriorityFlag
	ScheduleDeliveryTime string // 16 characters or empty
	ValidityPeriod       string // 16 characters or empty
	RegisteredDelivery   RegisteredDelivery
	DataCoding           DataCoding
	ShortMessage         []byte // at most 160 octets
	MessageID            string // at most 8 characters
	FinalDate            string // when the final state was reached; at most 16 characters
	MessageStatus        MessageState
	ErrorCode            uint8 // why delivery failed, by the code of the network or the MC; 0 for none
	TLVs                 TLVs  // SMPP 3.3 has none
}

// CommandID returns CommandQueryMsgDetailsResp.
func (*QueryMsgDetailsResp) CommandID() CommandID { return CommandQueryMsgDetailsResp }

func (p *QueryMsgDetailsResp) fields(c *codec) {
	c.cstring("service_type", &p.ServiceType, 6, StatusOK)
	c.address(reportedSource, &p.Source, 21)
	list(c, detailDests, &p.Dests, (*DestAddress).fields)
	octet(c, "protocol_id", &p.ProtocolID, StatusOK)
	octet(c, "priority_flag", &p.PriorityFlag, StatusOK)
	c.time("schedule_delivery_time", &p.ScheduleDeliveryTime, StatusOK)
	c.time("validity_period", &p.ValidityPeriod, StatusOK)
	octet(c, "registered_delivery_flag", &p.RegisteredDelivery, StatusOK)
	octet(c, "data_coding", &p.DataCoding, StatusOK)
	c.shortMessage(&p.ShortMessage, StatusOK)
	c.cstring("msgid", &p.MessageID, 9, StatusOK)
	c.cstring("final_date", &p.FinalDate, 17, StatusOK)
	octet(c, "message_status", &p.MessageStatus, StatusOK)
	octet(c, "error_code", &p.ErrorCode, StatusOK)
	c.tlvs(&p.TLVs)
}

var detailDests = &listFields{count: "number_of_dests", name: "dest_address", most: 255, elemSize: 2}
