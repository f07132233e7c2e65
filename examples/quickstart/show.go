package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// show is the command without -connect and -listen: both ends in one process, and then the failing line.
func (p *program) show(ctx context.Context) error {
	texts, err := p.texts(ctx)
	if err != nil {
		return err
	}
	c, address, stop, err := p.embed(ctx)
	if err != nil {
		return err
	}
	defer stop()
	p.heading("1. Every message accounted for")
	p.say("A message centre listens at %s, in this process.", address)
	p.say("A transceiver binds to it as %q and sends %s, the", p.systemID, count(p.messages, "message"))
	p.say("long ones in parts, at most %s of which are unanswered at a time.", group(p.window))
	p.say("")
	r, err := p.send(ctx, job{
		address: address, texts: texts, profiles: everyHabit(), messages: p.messages, window: p.window, receipts: p.receipts,
		backlog: maxStored / 2, // a centre keeps what it owes a receipt for, and has no room for any number
		verify:  c.text,
		reply:   c.reply,
	})
	if err != nil {
		return err
	}
	p.table(r, true)
	if err := errors.Join(r.audit(), r.complete(p.receipts)); err != nil {
		return err
	}
	if r.interrupted {
		return errInterrupted
	}
	return p.cut(ctx, c, address)
}

// sendOut is the command with -connect: another message centre, which is not ours to cut off.
func (p *program) sendOut(ctx context.Context) error {
	texts, err := p.texts(ctx)
	if err != nil {
		return err
	}
	u, _ := transport.ParseURL(p.connect) // was parsed before
	p.say("Binding a transceiver at %s as %q, to send %s,", u.Address(), p.systemID,
		count(p.messages, "message"))
	p.say("the long ones in parts, at most %s of which are unanswered at a time.", group(p.window))
	p.say("")
	r, err := p.send(ctx, job{
		address: p.connect, texts: texts, profiles: []*profile.Profile{habits}, messages: p.messages, window: p.window,
		receipts: p.receipts,
	})
	if err != nil {
		return err
	}
	p.table(r, false)
	switch err := r.audit(); {
	case err != nil:
		return err
	case r.interrupted:
		return errInterrupted
	case !errors.Is(r.reason, session.ErrShutdown):
		return fmt.Errorf("the session ended before its time: %w", r.reason)
	}
	return nil
}

// texts reads the messages, and counts them when no number is given.
func (p *program) texts(ctx context.Context) ([]string, error) {
	texts, err := readTexts(ctx, p.file, p.stdin)
	if p.messages == 0 {
		p.messages = min(len(texts), maxMessages)
	}
	return texts, err
}

// embed starts a message centre on a free port of the loopback interface. The function that it returns ends it.
func (p *program) embed(ctx context.Context) (c *centre, address string, stop func(), err error) {
	l, err := transport.Listen(ctx, "127.0.0.1:0", transport.ListenConfig{})
	if err != nil {
		return nil, "", nil, err
	}
	c = newCentre(p.options, p.log)
	served := c.start(l)
	return c, l.Addr().String(), func() {
		c.shutdown(ctx, time.Second)
		<-served // ErrServerClosed, as it should be
	}, nil
}

// serve is the command with -listen: the message centre alone.
func (p *program) serve(ctx context.Context) error {
	l, err := transport.Listen(ctx, p.listen, transport.ListenConfig{})
	if err != nil {
		return listenError(p.listen, err)
	}
	c := newCentre(p.options, p.log)
	c.tell = p.diary()
	p.say("The message centre listens at %s for %q, until Ctrl-C.", l.Addr(), p.systemID)
	served := c.start(l)
	select {
	case err = <-served:
	case <-ctx.Done():
		p.say("Ending the sessions, within %s. Ctrl-C again ends at once.", seconds(drainTime))
		c.shutdown(ctx, drainTime)
		err = <-served
	}
	p.centreTable(c)
	if errors.Is(err, mc.ErrServerClosed) {
		return nil
	}
	return err
}

func listenError(address string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return fmt.Errorf("can not listen at %s: %w", address, err)
}

// audit tells whether the books are in order: every message ended once, and the session counted the same.
func (r *report) audit() error {
	switch {
	case !r.balanced():
		return errors.New("the sum does not balance: a part ended twice or not at all")
	case !r.agrees(r.stats):
		return errors.New("the session's own counters tell something else")
	}
	return nil
}

// complete tells whether the embedded message centre took every message, and answered for it.
func (r *report) complete(receipts bool) error {
	switch {
	case r.taken != r.accepted:
		return fmt.Errorf("%s of %s parts were not answered ESME_ROK", group(r.accepted-r.taken), group(r.accepted))
	case r.intact != r.messages:
		return fmt.Errorf("%s of %s messages did not arrive as they were sent", group(r.messages-r.intact), group(r.messages))
	case receipts && r.matched != r.accepted:
		return fmt.Errorf("%s delivery receipts did not come", group(r.accepted-r.matched))
	case r.unmatched > 0:
		return fmt.Errorf("%s delivery receipts match no part", group(r.unmatched))
	case r.interrupted:
		return nil
	case r.unreplied != nil:
		return fmt.Errorf("the message centre could not send the replies: %w", r.unreplied)
	case r.replies.intact != r.replies.sent:
		return fmt.Errorf("%s of %s replies did not arrive as they were sent",
			group(r.replies.sent-r.replies.intact), group(r.replies.sent))
	}
	return nil
}
