package main

import (
	"context"
	"errors"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// The second part: how many messages, and where the line fails. With a window of at most 100 there is always more to
// send than the line lets through.
const (
	cutMessages = 1000
	cutWindow   = 100
	cutQuiet    = 64 << 10         // octets from the client after which nothing comes back any more
	cutPass     = cutQuiet + 1<<10 // octets from the client that still arrive
	cutShown    = 5                // entries of the lost report that are printed
)

// cut sends messages over a line that fails in mid-flight, and prints what the session knows about those that were
// open.
func (p *program) cut(ctx context.Context, c *centre, address string) error {
	p.say("")
	p.heading("2. The connection is cut in mid-flight")
	p.say("%s more messages go over a line that falls silent after a while, as", group(cutMessages))
	p.say("networks do, and is reset a moment later.")
	p.say("")
	texts, err := splitTexts(builtIn)
	if err != nil {
		return err
	}
	l, err := newFaultyLine(ctx, address, cutQuiet, cutPass)
	if err != nil {
		return err
	}
	defer l.close()
	c.awaitIdle()
	before := c.received()
	r, err := p.send(ctx, job{
		address: l.address(), texts: texts, profiles: everyHabit(), messages: cutMessages, window: min(p.window, cutWindow),
	})
	if err != nil {
		return err
	}
	c.awaitIdle()
	p.lostReport(r, c.received()-before-r.taken)
	p.sum(r)
	switch err := r.audit(); {
	case err != nil:
		return err
	case r.interrupted:
		return errInterrupted
	case written(r.lost) != r.outcomes[session.Lost]:
		return errors.New("the lost report does not list what was lost")
	}
	return nil
}

// lostReport prints the list that the session gave to HandleClose, and what it means. Arrived is how many of the lost
// parts the message centre has got, which a real client can not know.
func (p *program) lostReport(r *report, arrived int) {
	p.say("")
	p.say("The session ended: %v", errors.Unwrap(r.reason))
	p.say("Its lost report lists %s requests, in the order of hand-over:", group(len(r.lost)))
	p.say("")
	for i, l := range r.lost {
		if i == cutShown {
			p.say("  and %s more", group(len(r.lost)-cutShown))
			break
		}
		where := "was never written"
		if l.Written {
			where = "was written, and may have arrived"
		}
		sm, _ := l.PDU.Body.(*pdu.SubmitSM)
		p.say("  %v %d to %v %s", l.PDU.ID, l.PDU.Seq, sm.Dest, where)
	}
	p.say("")
	p.row("messages", r.messages, "")
	p.row("  accepted", r.fates[accepted], "done")
	p.row("  in doubt", r.fates[doubtful], "to send them again may deliver twice:")
	p.row("", "", count(arrived, "part")+" did arrive: no client knows")
	if r.fates[refused] > 0 {
		p.row("  broken off", r.fates[refused], "the parts that are missing can be sent")
	}
	p.row("  not sent", r.fates[untouched], "no octet left: safe to send again")
	p.row("parts responded", r.outcomes[session.Responded], "")
	p.row("parts lost", r.outcomes[session.Lost], "")
	p.row("parts not sent", r.outcomes[session.NotSent], group(r.heldBack)+" more held back behind them")
	p.say("")
}

// written returns how many entries of a lost report were handed to the socket.
func written(lost []session.LostPDU) int {
	n := 0
	for _, l := range lost {
		if l.Written {
			n++
		}
	}
	return n
}
