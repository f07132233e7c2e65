package main

import (
	"errors"
	"time"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
)

// elsewhere is how long after a response its receipt may go out on another session. On the session of the response the
// order of the wire keeps the two in order; two connections know no order between them, and an ESME that gets the
// receipt first may not know its message yet.
const elsewhere = 500 * time.Millisecond

// notice is a receipt on its way to the ESME. There is at most one for each recipient of a message that is in the store, which
// bounds the queues.
type notice struct {
	m   *message
	to  pdu.Address // the recipient of the message, from whom the receipt seems to come
	due time.Time   // not before
}

// The functions below are called with the lock of the centre held. They never wait.

// answered begins the delivery of a message whose response has left.
func (c *centre) answered(m *message) {
	m.answered = time.Now()
	c.deliver(m)
}

// deliver finishes a message that is due, and else sets its timer.
func (c *centre) deliver(m *message) {
	wait := time.Until(m.due)
	if wait <= 0 {
		c.finish(m, m.end)
		return
	}
	m.timer = time.AfterFunc(wait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !m.state.Final() && !time.Now().Before(m.due) {
			c.finish(m, m.end)
		}
	})
}

// finish gives a message its final state and sends the receipts that were asked for.
func (c *centre) finish(m *message, state pdu.MessageState) {
	if m.timer != nil {
		m.timer.Stop()
	}
	m.state, m.done = state, time.Now()
	if c.receipts && mc.ReceiptWanted(m.sm.RegisteredDelivery, state) {
		m.owed = len(m.dests)
		for _, to := range m.dests {
			c.post(&notice{m: m, to: to})
		}
	}
	if m.owed == 0 {
		c.store.retired = append(c.store.retired, m)
	}
}

// amend carries out a replace_sm.
func (c *centre) amend(m *message, b *pdu.ReplaceSM) error {
	next, sm := *m, *m.sm
	next.sm = &sm
	next.text = ""
	sm.ShortMessage, sm.TLVs = b.ShortMessage, b.TLVs
	sm.RegisteredDelivery = b.RegisteredDelivery
	if b.ScheduleDeliveryTime != "" {
		sm.ScheduleDeliveryTime = b.ScheduleDeliveryTime
	}
	if b.ValidityPeriod != "" {
		sm.ValidityPeriod = b.ValidityPeriod
	}
	if b.ScheduleDeliveryTime != "" || b.ValidityPeriod != "" {
		if err := next.schedule(time.Now()); err != nil {
			return err
		}
	}
	if c.store.octets+next.size()-m.size() > maxOctets {
		return mc.Refuse(pdu.StatusMsgQueueFull)
	}
	c.store.octets += next.size() - m.size()
	m.timer.Stop()
	m.sm, m.due, m.end, m.text = next.sm, next.due, next.end, ""
	if text, err := multipart.Text(m.sm, habits.Peer()); err == nil {
		c.store.read(m, text)
	}
	c.deliver(m)
	return nil
}

// post puts a receipt into the queue of a session: that of its message when it may take receipts, else the one that has
// the fewest waiting. Without any it is kept until one is bound.
func (c *centre) post(n *notice) {
	d := n.m.from
	n.due = time.Time{}
	if d.closed || !d.receives {
		d = c.receiver()
		n.due = n.m.answered.Add(elsewhere)
	}
	if d == nil {
		c.unclaimed = append(c.unclaimed, n)
		return
	}
	d.queue = append(d.queue, n)
	c.work(d)
}

// receiver returns the session that receipts of other sessions go to, nil when there is none.
func (c *centre) receiver() *desk {
	var best *desk
	for _, d := range c.desks {
		if d.receives && (best == nil || len(d.queue)+len(d.out) < len(best.queue)+len(best.out)) {
			best = d
		}
	}
	return best
}

// work sends the receipts in the queue of d that are due, as far as the window allows. The answer to one of them makes
// room and calls it again; for those that are not due a timer does.
func (c *centre) work(d *desk) {
	for len(d.queue) > 0 && len(d.out) < c.window && !d.closed {
		n := d.queue[0]
		if wait := time.Until(n.due); wait > 0 {
			c.later(d, wait)
			return
		}
		body := n.receipt(d.s.Version())
		d.out[body] = n
		_, err := d.s.TrySend(body)
		var bad *pdu.EncodeError
		switch {
		case errors.As(err, &bad):
			c.settle(d, body, false)
		case err != nil: // no room just now, or the session is about to end
			delete(d.out, body)
			c.later(d, retry)
			return
		}
		d.queue = d.queue[1:]
	}
}

// retry is when a receipt that the session had no room for is tried again.
const retry = 100 * time.Millisecond

// later calls work again after a while.
func (c *centre) later(d *desk, wait time.Duration) {
	if d.timer != nil {
		d.timer.Reset(wait)
		return
	}
	d.timer = time.AfterFunc(wait, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.work(d)
	})
}

// receipt builds the receipt for a session of a version.
func (n *notice) receipt(v pdu.Version) pdu.Body {
	sm := *n.m.sm
	sm.Dest = n.to
	code := "000"
	if n.m.state != pdu.MessageStateDelivered {
		code = "001"
	}
	return mc.ReceiptWith(&sm, n.m.id, n.m.state, mc.ReceiptOptions{
		Submitted: n.m.answered, Done: n.m.done, ErrorCode: code, Version: v,
	})
}

// settle ends a receipt. When it was the last one of its message, the message may be forgotten.
func (c *centre) settle(d *desk, body pdu.Body, taken bool) {
	n := d.out[body]
	if n == nil {
		return
	}
	delete(d.out, body)
	if taken {
		c.counts.receipts++
	} else {
		c.counts.refusal++
	}
	c.release(n.m)
}

func (c *centre) release(m *message) {
	if m.owed--; m.owed == 0 {
		c.store.retired = append(c.store.retired, m)
	}
}

// dropUnclaimed gives up the oldest receipt that nobody is bound to take. It reports false when there is none.
func (c *centre) dropUnclaimed() bool {
	if len(c.unclaimed) == 0 {
		return false
	}
	n := c.unclaimed[0]
	c.unclaimed = c.unclaimed[1:]
	c.counts.refusal++
	c.release(n.m)
	return true
}
