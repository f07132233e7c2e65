package pdu

// BroadcastSM asks the MC to send a message to everybody in an area. The MC answers with [BroadcastSMResp].
//
// The TLVs broadcast_area_identifier (once or more), broadcast_content_type, broadcast_rep_num and
// broadcast_frequency_interval are mandatory; the text travels in message_payload.
//
// SMPP 5.0 §4.4.1.1.
type BroadcastSM struct {
	ServiceType          string  // application service, empty for the default; at most 5 characters
	Source               Address // who sends; at most 20 characters
	MessageID            string  // of an earlier broadcast to replace, else empty; at most 64 characters
	PriorityFlag         PriorityFlag
	ScheduleDeliveryTime string // when to begin, 16 characters; empty means at once, see [ParseTime]
	ValidityPeriod       string // when to end, 16 characters; empty when repetitions and interval tell, see [ParseTime]
	ReplaceIfPresent     uint8  // 1 replaces an earlier broadcast
	DataCoding           DataCoding
	SMDefaultMsgID       uint8 // a text that the MC has stored; 0 for none
	TLVs                 TLVs
}

// CommandID returns CommandBroadcastSM.
func (*BroadcastSM) CommandID() CommandID { return CommandBroadcastSM }

// Resp returns a new, empty response body.
func (*BroadcastSM) Resp() *BroadcastSMResp { return new(BroadcastSMResp) }

func (p *BroadcastSM) fields(c *codec) {
	c.cstring("service_type", &p.ServiceType, 6, StatusInvalidServiceType)
	c.address(sourceAddr, &p.Source, 21)
	c.cstring("message_id", &p.MessageID, 65, StatusInvalidMessageID)
	octet(c, "priority_flag", &p.PriorityFlag, StatusInvalidPriorityFlag)
	c.time("schedule_delivery_time", &p.ScheduleDeliveryTime, StatusInvalidScheduleTime)
	c.time("validity_period", &p.ValidityPeriod, StatusInvalidValidityPeriod)
	octet(c, "replace_if_present_flag", &p.ReplaceIfPresent, StatusInvalidReplaceIfPresent)
	octet(c, "data_coding", &p.DataCoding, StatusInvalidDataCoding)
	octet(c, "sm_default_msg_id", &p.SMDefaultMsgID, StatusInvalidDefaultMsgID)
	c.tlvs(&p.TLVs)
}

// BroadcastSMResp answers [BroadcastSM]. The TLVs broadcast_error_status and broadcast_area_identifier tell the areas
// that failed.
//
// SMPP 5.0 §4.4.1.2.
type BroadcastSMResp struct {
	MessageID string // the MC's name for the broadcast; at most 64 characters
	TLVs      TLVs
}

// CommandID returns CommandBroadcastSMResp.
func (*BroadcastSMResp) CommandID() CommandID { return CommandBroadcastSMResp }

func (p *BroadcastSMResp) fields(c *codec) {
	c.cstring("message_id", &p.MessageID, 65, StatusOK)
	c.tlvs(&p.TLVs)
}

// QueryBroadcastSM asks for the state of a broadcast, named by MessageID or by the user_message_reference TLV. The MC
// answers with [QueryBroadcastSMResp].
//
// SMPP 5.0 §4.6.1.
type QueryBroadcastSM struct {
	MessageID string  // at most 64 characters
	Source    Address // as in the broadcast; at most 20 characters
	TLVs      TLVs
}

// CommandID returns CommandQueryBroadcastSM.
func (*QueryBroadcastSM) CommandID() CommandID { return CommandQueryBroadcastSM }

// Resp returns a new, empty response body.
func (*QueryBroadcastSM) Resp() *QueryBroadcastSMResp { return new(QueryBroadcastSMResp) }

func (p *QueryBroadcastSM) fields(c *codec) {
	c.cstring("message_id", &p.MessageID, 65, StatusInvalidMessageID)
	c.address(sourceAddr, &p.Source, 21)
	c.tlvs(&p.TLVs)
}

// QueryBroadcastSMResp answers [QueryBroadcastSM]. The TLVs message_state, broadcast_area_identifier and
// broadcast_area_success are mandatory.
//
// SMPP 5.0 §4.6.1.
type QueryBroadcastSMResp struct {
	MessageID string // at most 64 characters
	TLVs      TLVs
}

// CommandID returns CommandQueryBroadcastSMResp.
func (*QueryBroadcastSMResp) CommandID() CommandID { return CommandQueryBroadcastSMResp }

func (p *QueryBroadcastSMResp) fields(c *codec) {
	c.cstring("message_id", &p.MessageID, 65, StatusOK)
	c.tlvs(&p.TLVs)
}

// CancelBroadcastSM stops a broadcast, named by MessageID or by the user_message_reference TLV, or, without both, every
// broadcast of the same source, service type and content type. The MC answers with [CancelBroadcastSMResp].
//
// SMPP 5.0 §4.6.2.
type CancelBroadcastSM struct {
	ServiceType string  // at most 5 characters
	MessageID   string  // at most 64 characters
	Source      Address // as in the broadcast; at most 20 characters
	TLVs        TLVs
}

// CommandID returns CommandCancelBroadcastSM.
func (*CancelBroadcastSM) CommandID() CommandID { return CommandCancelBroadcastSM }

// Resp returns a new, empty response body.
func (*CancelBroadcastSM) Resp() *CancelBroadcastSMResp { return new(CancelBroadcastSMResp) }

func (p *CancelBroadcastSM) fields(c *codec) {
	c.cstring("service_type", &p.ServiceType, 6, StatusInvalidServiceType)
	c.cstring("message_id", &p.MessageID, 65, StatusInvalidMessageID)
	c.address(sourceAddr, &p.Source, 21)
	c.tlvs(&p.TLVs)
}

// CancelBroadcastSMResp answers [CancelBroadcastSM].
//
// SMPP 5.0 §4.6.2.
type CancelBroadcastSMResp struct {
	TLVs TLVs
}

// CommandID returns CommandCancelBroadcastSMResp.
func (*CancelBroadcastSMResp) CommandID() CommandID { return CommandCancelBroadcastSMResp }

func (p *CancelBroadcastSMResp) fields(c *codec) { c.onlyTLVs(&p.TLVs) }
