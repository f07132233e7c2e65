package main

import (
	"context"
	"slices"
	"time"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// desk is the handler of one session of the message centre, from its bind on. What is beside Mux belongs to the centre's
// lock.
type desk struct {
	session.Mux
	c        *centre
	s        *session.Session
	name     string // for people
	receives bool   // bound as receiver or transceiver

	closed     bool
	unanswered map[string]*message // whose response is not written; at most the inbound window
	queue      []*notice           // receipts to send here
	out        map[pdu.Body]*notice
	timer      *time.Timer // when the first of the queue is due
}

func newDesk(c *centre, r *mc.BindRequest) *desk {
	d := &desk{
		c:          c,
		s:          r.Session,
		name:       r.Command.String() + " from " + r.RemoteAddr.String(),
		receives:   r.Command != pdu.CommandBindTransmitter,
		unanswered: make(map[string]*message),
		out:        make(map[pdu.Body]*notice),
	}
	session.On(&d.Mux, d.submit)
	session.On(&d.Mux, d.submitMulti)
	session.On(&d.Mux, d.data)
	session.On(&d.Mux, d.query)
	session.On(&d.Mux, d.cancel)
	session.On(&d.Mux, d.replace)
	return d
}

// HandleState opens the desk when the session is bound: receipts that nobody was there to take go to it.
func (d *desk) HandleState(_ context.Context, _ *session.Session, _, to session.State) {
	if !to.Bound() {
		return
	}
	c := d.c
	c.say("bound    %s", d.name)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.binds++
	c.desks = append(c.desks, d)
	if d.receives {
		waiting := c.unclaimed
		c.unclaimed = nil
		for _, n := range waiting {
			c.post(n)
		}
	}
}

// HandleSendResult is told when an answer was written. From then on the ESME can know the id of its message, so that a
// receipt is of use to it.
func (d *desk) HandleSendResult(_ context.Context, _ *session.Session, p *pdu.PDU) {
	var id string
	switch b := p.Body.(type) {
	case *pdu.SubmitSMResp:
		id = b.MessageID
	case *pdu.SubmitMultiResp:
		id = b.MessageID
	case *pdu.DataSMResp:
		id = b.MessageID
	default:
		return
	}
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	if m := d.unanswered[id]; m != nil {
		delete(d.unanswered, id)
		d.c.answered(m)
	}
}

// HandleResp gets the answer to a receipt.
func (d *desk) HandleResp(_ context.Context, _ *session.Session, resp, req *pdu.PDU) {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	d.c.settle(d, req.Body, resp.Status == pdu.StatusOK)
	d.c.work(d)
}

// HandleRespTimeout gets receipts that the ESME did not answer.
func (d *desk) HandleRespTimeout(_ context.Context, _ *session.Session, reqs []*pdu.PDU) {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	for _, req := range reqs {
		d.c.settle(d, req.Body, false)
	}
	d.c.work(d)
}

// HandleClose closes the desk. A message whose response never left was taken nevertheless. Receipts that the ESME has
// not answered go to another session of the account: it may get one twice, and never none.
func (d *desk) HandleClose(_ context.Context, _ *session.Session, _ []session.LostPDU, reason error) {
	c := d.c
	c.say("ended    %s: %v", d.name, reason)
	c.mu.Lock()
	defer c.mu.Unlock()
	d.closed = true
	if d.timer != nil {
		d.timer.Stop()
	}
	c.desks = slices.DeleteFunc(c.desks, func(x *desk) bool { return x == d })
	for _, m := range d.unanswered {
		c.answered(m)
	}
	for _, n := range d.out {
		c.post(n)
	}
	for _, n := range d.queue {
		c.post(n)
	}
	d.unanswered, d.out, d.queue = nil, nil, nil
	c.idle.Broadcast()
}

// submit takes a message.
func (d *desk) submit(_ context.Context, _ *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
	if sm.Dest.Addr == "" {
		return nil, mc.Refuse(pdu.StatusInvalidDestAddr)
	}
	m, err := d.take(sm, sm.Dest)
	if err != nil {
		return nil, err
	}
	return &pdu.SubmitSMResp{MessageID: m.id}, nil
}

// submitMulti takes a message to several recipients under one id. There are no distribution lists here.
func (d *desk) submitMulti(_ context.Context, _ *session.Request, b *pdu.SubmitMulti) (*pdu.SubmitMultiResp, error) {
	var dests []pdu.Address
	var refused []pdu.UnsuccessSME
	for _, to := range b.Dests {
		switch {
		case to.Flag == pdu.DestFlagList:
			return nil, mc.Refuse(pdu.StatusInvalidDLName)
		case to.Address.Addr == "":
			refused = append(refused, pdu.UnsuccessSME{Address: to.Address, Status: pdu.StatusInvalidDestAddr})
		default:
			dests = append(dests, to.Address)
		}
	}
	if len(dests) == 0 {
		return nil, mc.Refuse(pdu.StatusInvalidDestAddr)
	}
	m, err := d.take(&pdu.SubmitSM{
		ServiceType: b.ServiceType, Source: b.Source, Dest: dests[0], ESMClass: b.ESMClass, ProtocolID: b.ProtocolID,
		PriorityFlag: b.PriorityFlag, ScheduleDeliveryTime: b.ScheduleDeliveryTime, ValidityPeriod: b.ValidityPeriod,
		RegisteredDelivery: b.RegisteredDelivery, DataCoding: b.DataCoding, ShortMessage: b.ShortMessage, TLVs: b.TLVs,
	}, dests...)
	if err != nil {
		return nil, err
	}
	return &pdu.SubmitMultiResp{MessageID: m.id, Unsuccess: refused}, nil
}

// data takes a message that came by data_sm. Its receipt goes back as deliver_sm, whose addresses are shorter.
func (d *desk) data(_ context.Context, _ *session.Request, b *pdu.DataSM) (*pdu.DataSMResp, error) {
	const most = 20
	switch {
	case b.Dest.Addr == "" || len(b.Dest.Addr) > most:
		return nil, mc.Refuse(pdu.StatusInvalidDestAddr)
	case len(b.Source.Addr) > most:
		return nil, mc.Refuse(pdu.StatusInvalidSourceAddr)
	}
	m, err := d.take(&pdu.SubmitSM{
		ServiceType: b.ServiceType, Source: b.Source, Dest: b.Dest, ESMClass: b.ESMClass,
		RegisteredDelivery: b.RegisteredDelivery, DataCoding: b.DataCoding, TLVs: b.TLVs,
	}, b.Dest)
	if err != nil {
		return nil, err
	}
	return &pdu.DataSMResp{MessageID: m.id}, nil
}

// take keeps a message. It is refused with ESME_RMSGQFUL when there is no room: a message centre that can not keep its
// promise must not make it.
func (d *desk) take(sm *pdu.SubmitSM, dests ...pdu.Address) (*message, error) {
	m := &message{sm: sm, dests: dests, from: d, state: pdu.MessageStateEnroute}
	if err := m.schedule(time.Now()); err != nil {
		return nil, err
	}
	c := d.c
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.store.add(m) {
		if !c.dropUnclaimed() {
			return nil, mc.Refuse(pdu.StatusMsgQueueFull)
		}
	}
	c.counts.messages++
	d.unanswered[m.id] = m
	c.read(m)
	return m, nil
}

// query tells the state of a message. SCHEDULED is a word of SMPP 5.0.
func (d *desk) query(_ context.Context, _ *session.Request, b *pdu.QuerySM) (*pdu.QuerySMResp, error) {
	d.c.mu.Lock()
	defer d.c.mu.Unlock()
	m := d.c.store.find(b.MessageID, b.Source.Addr)
	if m == nil {
		return nil, mc.Refuse(pdu.StatusInvalidMessageID)
	}
	resp := &pdu.QuerySMResp{MessageID: m.id, MessageState: m.state}
	switch {
	case m.state.Final():
		at, err := pdu.AbsoluteTime(pdu.TruncateTime(m.done.UTC()))
		if err != nil {
			return nil, err
		}
		resp.FinalDate = at.String()
	case d.s.Version() >= pdu.V50:
		resp.MessageState = pdu.MessageStateScheduled
	}
	return resp, nil
}

// cancel withdraws a message that is still to be delivered, or without an id all those of the same source, destination
// and service type.
func (d *desk) cancel(_ context.Context, _ *session.Request, b *pdu.CancelSM) (*pdu.CancelSMResp, error) {
	c := d.c
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*message
	if b.MessageID != "" {
		m := c.store.find(b.MessageID, b.Source.Addr)
		if m == nil {
			return nil, mc.Refuse(pdu.StatusInvalidMessageID)
		}
		found = append(found, m)
	} else {
		for _, m := range c.store.byID {
			if m.sm.Source.Addr == b.Source.Addr && m.sm.Dest.Addr == b.Dest.Addr &&
				(b.ServiceType == "" || m.sm.ServiceType == b.ServiceType) {
				found = append(found, m)
			}
		}
	}
	n := 0
	for _, m := range found {
		if !m.answered.IsZero() && !m.state.Final() {
			c.finish(m, pdu.MessageStateDeleted)
			n++
		}
	}
	if n == 0 {
		return nil, mc.Refuse(pdu.StatusCancelFailed)
	}
	return new(pdu.CancelSMResp), nil
}

// replace gives a message that is still to be delivered another text. Times that are not given stay.
func (d *desk) replace(_ context.Context, _ *session.Request, b *pdu.ReplaceSM) (*pdu.ReplaceSMResp, error) {
	c := d.c
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.store.find(b.MessageID, b.Source.Addr)
	switch {
	case m == nil:
		return nil, mc.Refuse(pdu.StatusInvalidMessageID)
	case m.state.Final():
		return nil, mc.Refuse(pdu.StatusReplaceFailed)
	}
	if err := c.amend(m, b); err != nil {
		return nil, err
	}
	return new(pdu.ReplaceSMResp), nil
}
