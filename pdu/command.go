package pdu

// CommandID is the command_id of a PDU: which operation it is, and in bit 31 whether it is a response.
// SMPP 5.0 §4.7.5; SMPP 3.4 §5.1.2.
type CommandID uint32

// responseBit marks a response, generic_nack among them.
const responseBit CommandID = 0x80000000

// The operations of SMPP 3.3, 3.4 and 5.0. The comments hold the names that String returns.
//
// The numbers of the three operations of SMPP 3.3 that later versions dropped are those of implementations, since the
// document prints none; SMPP 3.4 keeps the numbers reserved.
const (
	CommandGenericNack           CommandID = 0x80000000 // generic_nack
	CommandBindReceiver          CommandID = 0x00000001 // bind_receiver
	CommandBindReceiverResp      CommandID = 0x80000001 // bind_receiver_resp
	CommandBindTransmitter       CommandID = 0x00000002 // bind_transmitter
	CommandBindTransmitterResp   CommandID = 0x80000002 // bind_transmitter_resp
	CommandQuerySM               CommandID = 0x00000003 // query_sm
	CommandQuerySMResp           CommandID = 0x80000003 // query_sm_resp
	CommandSubmitSM              CommandID = 0x00000004 // submit_sm
	CommandSubmitSMResp          CommandID = 0x80000004 // submit_sm_resp
	CommandDeliverSM             CommandID = 0x00000005 // deliver_sm
	CommandDeliverSMResp         CommandID = 0x80000005 // deliver_sm_resp
	CommandUnbind                CommandID = 0x00000006 // unbind
	CommandUnbindResp            CommandID = 0x80000006 // unbind_resp
	CommandReplaceSM             CommandID = 0x00000007 // replace_sm
	CommandReplaceSMResp         CommandID = 0x80000007 // replace_sm_resp
	CommandCancelSM              CommandID = 0x00000008 // cancel_sm
	CommandCancelSMResp          CommandID = 0x80000008 // cancel_sm_resp
	CommandBindTransceiver       CommandID = 0x00000009 // bind_transceiver; SMPP 3.4 and later
	CommandBindTransceiverResp   CommandID = 0x80000009 // bind_transceiver_resp; SMPP 3.4 and later
	CommandOutbind               CommandID = 0x0000000B // outbind; SMPP 3.4 and later
	CommandEnquireLink           CommandID = 0x00000015 // enquire_link
	CommandEnquireLinkResp       CommandID = 0x80000015 // enquire_link_resp
	CommandSubmitMulti           CommandID = 0x00000021 // submit_multi
	CommandSubmitMultiResp       CommandID = 0x80000021 // submit_multi_resp
	CommandParamRetrieve         CommandID = 0x00000022 // param_retrieve; SMPP 3.3 only
	CommandParamRetrieveResp     CommandID = 0x80000022 // param_retrieve_resp; SMPP 3.3 only
	CommandQueryLastMsgs         CommandID = 0x00000023 // query_last_msgs; SMPP 3.3 only
	CommandQueryLastMsgsResp     CommandID = 0x80000023 // query_last_msgs_resp; SMPP 3.3 only
	CommandQueryMsgDetails       CommandID = 0x00000024 // query_msg_details; SMPP 3.3 only
	CommandQueryMsgDetailsResp   CommandID = 0x80000024 // query_msg_details_resp; SMPP 3.3 only
	CommandAlertNotification     CommandID = 0x00000102 // alert_notification; SMPP 3.4 and later
	CommandDataSM                CommandID = 0x00000103 // data_sm; SMPP 3.4 and later
	CommandDataSMResp            CommandID = 0x80000103 // data_sm_resp; SMPP 3.4 and later
	CommandBroadcastSM           CommandID = 0x00000111 // broadcast_sm; SMPP 5.0
	CommandBroadcastSMResp       CommandID = 0x80000111 // broadcast_sm_resp; SMPP 5.0
	CommandQueryBroadcastSM      CommandID = 0x00000112 // query_broadcast_sm; SMPP 5.0
	CommandQueryBroadcastSMResp  CommandID = 0x80000112 // query_broadcast_sm_resp; SMPP 5.0
	CommandCancelBroadcastSM     CommandID = 0x00000113 // cancel_broadcast_sm; SMPP 5.0
	CommandCancelBroadcastSMResp CommandID = 0x80000113 // cancel_broadcast_sm_resp; SMPP 5.0
)

// commandSpec is what the package knows of a command by its number alone.
type commandSpec struct {
	id   CommandID // of the request
	name string    // of the request
	from Version   // first version with the command
	to   Version   // last version with the command
}

// commandSpecs lists the requests. Responses follow: the number with responseBit, the name with "_resp".
var commandSpecs = [...]commandSpec{
	{CommandBindReceiver, "bind_receiver", V33, V50},
	{CommandBindTransmitter, "bind_transmitter", V33, V50},
	{CommandQuerySM, "query_sm", V33, V50},
	{CommandSubmitSM, "submit_sm", V33, V50},
	{CommandDeliverSM, "deliver_sm", V33, V50},
	{CommandUnbind, "unbind", V33, V50},
	{CommandReplaceSM, "replace_sm", V33, V50},
	{CommandCancelSM, "cancel_sm", V33, V50},
	{CommandBindTransceiver, "bind_transceiver", V34, V50},
	{CommandOutbind, "outbind", V34, V50},
	{CommandEnquireLink, "enquire_link", V33, V50},
	{CommandSubmitMulti, "submit_multi", V33, V50},
	{CommandParamRetrieve, "param_retrieve", V33, V33},
	{CommandQueryLastMsgs, "query_last_msgs", V33, V33},
	{CommandQueryMsgDetails, "query_msg_details", V33, V33},
	{CommandAlertNotification, "alert_notification", V34, V50},
	{CommandDataSM, "data_sm", V34, V50},
	{CommandBroadcastSM, "broadcast_sm", V50, V50},
	{CommandQueryBroadcastSM, "query_broadcast_sm", V50, V50},
	{CommandCancelBroadcastSM, "cancel_broadcast_sm", V50, V50},
}

// commandIndex has the place in commandSpecs of each request, plus one.
var commandIndex = func() (index [0x200]uint8) {
	for i, s := range commandSpecs {
		index[s.id] = uint8(i + 1)
	}
	return index
}()

// spec returns the entry of the command, by its request, and nil when there is none.
func (id CommandID) spec() *commandSpec {
	req := id.Request()
	if int(req) >= len(commandIndex) || commandIndex[req] == 0 {
		return nil
	}
	s := &commandSpecs[commandIndex[req]-1]
	if id.IsResponse() && !s.hasResponse() {
		return nil
	}
	return s
}

func (s *commandSpec) hasResponse() bool {
	return s.id != CommandOutbind && s.id != CommandAlertNotification
}

// String returns the name that the specification has for the command, such as "submit_sm_resp"; a command that this
// package does not know comes as "command_id 0x000000FF".
func (id CommandID) String() string {
	if id == CommandGenericNack {
		return "generic_nack"
	}
	s := id.spec()
	switch {
	case s == nil:
		return "command_id 0x" + hexDigits(uint32(id), 8)
	case id.IsResponse():
		return s.name + "_resp"
	}
	return s.name
}

// IsResponse reports whether bit 31 is set. generic_nack is a response.
func (id CommandID) IsResponse() bool { return id&responseBit != 0 }

// Response returns the command_id of the response to id, which is id itself when id is a response. It does not ask
// whether the command has one: see [CommandID.HasResponse].
func (id CommandID) Response() CommandID { return id | responseBit }

// Request returns the command_id of the request that id answers, which is id itself when id is a request. For
// generic_nack, which answers any request, it returns the reserved value 0.
func (id CommandID) Request() CommandID { return id &^ responseBit }

// HasResponse reports whether id is a request that its receiver answers with a PDU of its own. That is false for
// responses, for outbind and for alert_notification. A request of an unknown command counts as having one, since
// vendor commands come in pairs as a rule.
func (id CommandID) HasResponse() bool {
	return id != CommandOutbind && id != CommandAlertNotification && !id.IsResponse()
}

// Known reports whether any version of SMPP that this package knows has the command.
func (id CommandID) Known() bool {
	return id.spec() != nil || id == CommandGenericNack
}

// In reports whether version v has the command; v counts as [Version.Floor] says.
func (id CommandID) In(v Version) bool {
	if id == CommandGenericNack {
		return true
	}
	s := id.spec()
	v = v.Floor()
	return s != nil && s.from <= v && v <= s.to
}
