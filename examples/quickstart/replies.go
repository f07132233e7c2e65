package main

import (
	"context"
	"slices"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
)

// maxReplies is the number of texts that come back at most.
const maxReplies = 500

// replies tells of the texts that a message centre sent back.
type replies struct {
	sent    int
	several int // of these, in several parts
	intact  int // came out of the Inbox whole, with the very text
}

// reply sends the first of the texts of a job to the ESME, as handsets would, and compares what comes out of the ESME's
// Inbox. Long ones come in parts, the last one first: an Inbox does not mind.
func (c *centre) reply(ctx context.Context, j job, inbox *sender) (r replies, err error) {
	var refs multipart.Refs
	to := pdu.Address{TON: pdu.TONAlphanumeric, Addr: "Quickstart"}
	for i := range min(len(j.texts), maxReplies) {
		from, err := habits.SourceAddress(recipient(i))
		if err != nil {
			return r, err
		}
		o := j.profiles[i%len(j.profiles)].SplitOptions()
		o.Ref = refs.Next(from.Addr)
		parts, err := multipart.Split(j.texts[i], o)
		if err != nil {
			return r, err
		}
		for _, part := range slices.Backward(parts) {
			d := &pdu.DeliverSM{Source: from, Dest: to}
			if err := part.Put(d); err != nil {
				return r, err
			}
			if _, err := c.srv.Deliver(ctx, c.systemID, d); err != nil {
				return r, err
			}
		}
		r.sent++
		if len(parts) > 1 {
			r.several++
		}
		// The Inbox acknowledges the last part to come when its function has the text.
		if got := inbox.received(); len(got) == r.sent && got[i] == j.texts[i] {
			r.intact++
		}
	}
	return r, nil
}
