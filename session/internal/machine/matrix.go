package machine

import "github.com/smpp-go/smpp/pdu"

// states is a set of session states.
type states uint8

func in(s ...State) states {
	var set states
	for _, x := range s {
		set |= 1 << x
	}
	return set
}

func (set states) has(s State) bool { return set&(1<<s) != 0 }

var (
	never    = in()
	anyState = in(StateOpen, StateOutbound, StateBoundTX, StateBoundRX, StateBoundTRX, StateUnbound)
	unbound  = in(StateOpen, StateOutbound)
	open     = in(StateOpen)
	bound    = in(StateBoundTX, StateBoundRX, StateBoundTRX)
	tx       = in(StateBoundTX, StateBoundTRX)
	rx       = in(StateBoundRX, StateBoundTRX)
)

// rule tells in which states each role may send a request.
type rule struct{ esme, mc states }

// matrix is the operation matrix of SMPP 5.0 §2.4, for requests. Responses are not in it: one that answers a request is
// always right. The older versions have no rows of their own: what 5.0 adds to theirs is harmless (enquire_link and
// generic_nack in every state, replace_sm on a transceiver, data_sm as 5.0 has it, a bind after outbind), and what they
// lack is told by [pdu.CommandID.In].
var matrix = map[pdu.CommandID]rule{
	pdu.CommandBindReceiver:      {unbound, never},
	pdu.CommandBindTransmitter:   {unbound, never},
	pdu.CommandBindTransceiver:   {unbound, never},
	pdu.CommandOutbind:           {never, open},
	pdu.CommandUnbind:            {bound, bound},
	pdu.CommandEnquireLink:       {anyState, anyState},
	pdu.CommandSubmitSM:          {tx, never},
	pdu.CommandSubmitMulti:       {tx, never},
	pdu.CommandQuerySM:           {tx, never},
	pdu.CommandCancelSM:          {tx, never},
	pdu.CommandReplaceSM:         {tx, never},
	pdu.CommandDeliverSM:         {never, rx},
	pdu.CommandDataSM:            {tx, rx},
	pdu.CommandAlertNotification: {never, rx},
	pdu.CommandBroadcastSM:       {tx, never},
	pdu.CommandQueryBroadcastSM:  {tx, never},
	pdu.CommandCancelBroadcastSM: {tx, never},
	pdu.CommandParamRetrieve:     {tx, never},
	pdu.CommandQueryLastMsgs:     {tx, never},
	pdu.CommandQueryMsgDetails:   {tx, never},
}

// rules is matrix by command_id, which is looked at for every request.
var rules = func() (all [0x200]struct {
	rule
	known bool
},
) {
	for id, r := range matrix {
		all[id].rule, all[id].known = r, true
	}
	return all
}()

func ruleOf(id pdu.CommandID) (r rule, known bool) {
	if int(id) >= len(rules) {
		return rule{}, false
	}
	return rules[id].rule, rules[id].known
}

func (r rule) of(role Role) states {
	if role == RoleMC {
		return r.mc
	}
	return r.esme
}

// allowed tells whether role may send the request id in a state. Commands outside the protocol, which only a vendor's
// handler knows, are free on a bound session.
func allowed(v pdu.Version, role Role, s State, id pdu.CommandID) bool {
	r, known := ruleOf(id)
	if !known {
		return bound.has(s)
	}
	return id.In(v) && r.of(role).has(s)
}

func isBind(id pdu.CommandID) bool {
	return id == pdu.CommandBindReceiver || id == pdu.CommandBindTransmitter || id == pdu.CommandBindTransceiver
}

// boundState returns the state that a successful bind leads to.
func boundState(id pdu.CommandID) State {
	switch id {
	case pdu.CommandBindReceiver:
		return StateBoundRX
	case pdu.CommandBindTransmitter:
		return StateBoundTX
	}
	return StateBoundTRX
}

// verdict says what becomes of a request of the peer's.
type verdict uint8

const (
	serve      verdict = iota
	nackID             // unknown, or not in this version: generic_nack, ESME_RINVCMDID
	refuseResp         // its own response, with a status
	nackState          // generic_nack, ESME_RINVBNDSTS: no response is defined
	ignore             // report only
)

// judge decides on a request by state, role and version. The status is that of a refuseResp. While a bind is being judged
// the state is still an unbound one, in which the peer may send nothing else but enquire_link.
func (m *Machine) judge(p *pdu.PDU) (verdict, pdu.CommandStatus) {
	id := p.ID
	r, known := ruleOf(id)
	peer := m.cfg.Role.other()
	permitted := r.of(peer).has(m.state)
	switch {
	case !known && m.cfg.RawRequests && m.state.Bound():
		return serve, 0
	case !known || !id.In(m.version):
		return nackID, 0
	case isBind(id) && m.judging():
		return refuseResp, pdu.StatusAlreadyBound
	case permitted && isBind(id) && !id.In(bindVersion(p.Body, m.version)):
		return nackID, 0 // a peer of 3.3 has no transceiver
	case permitted:
		return serve, 0
	case isBind(id) && m.state.Bound() && peer == RoleESME:
		return refuseResp, pdu.StatusAlreadyBound
	case id == pdu.CommandOutbind:
		return nackState, 0
	case id == pdu.CommandAlertNotification:
		return ignore, 0
	}
	return refuseResp, pdu.StatusInvalidBindState
}
