package pdu

import "unsafe"

// commandInfo is how the package makes the body of a command.
type commandInfo struct {
	newPDU     func() *PDU // the envelope and the body in one allocation
	newBody    func() Body
	size       int  // of what newPDU allocates
	headerOnly bool // no mandatory fields
}

// requests and responses are indexed by command_id without responseBit. An entry without functions is a command that
// the package does not know.
var (
	requests = [...]commandInfo{
		CommandBindReceiver:      entry[BindReceiver](),
		CommandBindTransmitter:   entry[BindTransmitter](),
		CommandQuerySM:           entry[QuerySM](),
		CommandSubmitSM:          entry[SubmitSM](),
		CommandDeliverSM:         entry[DeliverSM](),
		CommandUnbind:            headerOnly(entry[Unbind]()),
		CommandReplaceSM:         entry[ReplaceSM](),
		CommandCancelSM:          entry[CancelSM](),
		CommandBindTransceiver:   entry[BindTransceiver](),
		CommandOutbind:           entry[Outbind](),
		CommandEnquireLink:       headerOnly(entry[EnquireLink]()),
		CommandSubmitMulti:       entry[SubmitMulti](),
		CommandParamRetrieve:     entry[ParamRetrieve](),
		CommandQueryLastMsgs:     entry[QueryLastMsgs](),
		CommandQueryMsgDetails:   entry[QueryMsgDetails](),
		CommandAlertNotification: entry[AlertNotification](),
		CommandDataSM:            entry[DataSM](),
		CommandBroadcastSM:       entry[BroadcastSM](),
		CommandQueryBroadcastSM:  entry[QueryBroadcastSM](),
		CommandCancelBroadcastSM: entry[CancelBroadcastSM](),
	}
	responses = [...]commandInfo{
		CommandGenericNack &^ responseBit:           headerOnly(entry[GenericNack]()),
		CommandBindReceiverResp &^ responseBit:      entry[BindReceiverResp](),
		CommandBindTransmitterResp &^ responseBit:   entry[BindTransmitterResp](),
		CommandQuerySMResp &^ responseBit:           entry[QuerySMResp](),
		CommandSubmitSMResp &^ responseBit:          entry[SubmitSMResp](),
		CommandDeliverSMResp &^ responseBit:         entry[DeliverSMResp](),
		CommandUnbindResp &^ responseBit:            headerOnly(entry[UnbindResp]()),
		CommandReplaceSMResp &^ responseBit:         headerOnly(entry[ReplaceSMResp]()),
		CommandCancelSMResp &^ responseBit:          headerOnly(entry[CancelSMResp]()),
		CommandBindTransceiverResp &^ responseBit:   entry[BindTransceiverResp](),
		CommandEnquireLinkResp &^ responseBit:       headerOnly(entry[EnquireLinkResp]()),
		CommandSubmitMultiResp &^ responseBit:       entry[SubmitMultiResp](),
		CommandParamRetrieveResp &^ responseBit:     entry[ParamRetrieveResp](),
		CommandQueryLastMsgsResp &^ responseBit:     entry[QueryLastMsgsResp](),
		CommandQueryMsgDetailsResp &^ responseBit:   entry[QueryMsgDetailsResp](),
		CommandDataSMResp &^ responseBit:            entry[DataSMResp](),
		CommandBroadcastSMResp &^ responseBit:       entry[BroadcastSMResp](),
		CommandQueryBroadcastSMResp &^ responseBit:  entry[QueryBroadcastSMResp](),
		CommandCancelBroadcastSMResp &^ responseBit: headerOnly(entry[CancelBroadcastSMResp]()),
	}
)

// entry returns the entry of the command whose body is B.
func entry[T any, B interface {
	*T
	Body
}]() commandInfo {
	return commandInfo{
		newPDU: func() *PDU {
			e := new(struct {
				PDU
				body T
			})
			e.Body = B(&e.body)
			return &e.PDU
		},
		newBody: func() Body { return B(new(T)) },
		size: int(unsafe.Sizeof(struct {
			PDU
			body T
		}{})),
	}
}

func headerOnly(i commandInfo) commandInfo {
	i.headerOnly = true
	return i
}

// lookup returns the entry of id, or nil for a command that the package does not know.
func lookup(id CommandID) *commandInfo {
	table := requests[:]
	if id.IsResponse() {
		table = responses[:]
	}
	if i := id &^ responseBit; int64(i) < int64(len(table)) && table[i].newPDU != nil {
		return &table[i]
	}
	return nil
}

// NewBody returns a new, empty body for id, or nil when this package does not know the command.
func NewBody(id CommandID) Body {
	info := lookup(id)
	if info == nil {
		return nil
	}
	return info.newBody()
}

// HeaderOnly reports whether the command has no mandatory fields: its PDU is complete with the header. It is false for
// a command that this package does not know.
func HeaderOnly(id CommandID) bool {
	info := lookup(id)
	return info != nil && info.headerOnly
}
