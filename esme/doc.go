// Package esme is the client side of SMPP: it connects to a message centre, binds, and offers a typed method for every
// operation of an ESME.
//
//	c, err := esme.Dial(ctx, "smpp://localhost:2775", esme.Config{SystemID: "me", Password: "secret"})
//	if err != nil {
//		return err
//	}
//	defer c.Shutdown(context.WithoutCancel(ctx))
//	resp, err := c.SubmitSM(ctx, &pdu.SubmitSM{Source: from, Dest: to, ShortMessage: []byte("hello")})
//
// A [Client] is one bound connection; it is a [session.Session] and has its methods, so that requests can also be sent
// without waiting, by Send, with their outcome going to the handler. When the connection ends, the Client has ended:
// nothing is sent again by itself. What was open is in its lost list; [session.SafeToRetry] tells whether a failed
// request may be sent again without the danger of a duplicate.
//
// [Client.SendText] sends a text of any length and tells of each part what became of it. [SentText.Rest] is what was
// certainly not taken, for [Client.SendParts] to send again; [SentText.Uncertain] reports whether a part may have been
// taken though nothing tells so.
//
// Handlers run one at a time for each session: [Inbox] and [session.Mux] serve as many requests side by side as
// Config.Session.Concurrency says. What waits for its turn is not begun: it can be refused, and is dropped when the
// connection ends, so that the message centre sends it again. What is begun is the handler's; see package session.
//
// Messages and receipts from the message centre go to the handler in Config.Session.Handler. Without one they are
// refused with ESME_RX_T_APPN, so that the message centre keeps them.
package esme
