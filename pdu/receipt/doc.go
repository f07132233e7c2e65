// Package receipt reads, writes and correlates delivery receipts: the deliver_sm or data_sm by which an MC tells what
// became of a message.
//
//	r, ok := receipt.FromPDU(deliver)   // false: an ordinary message
//	if ok && r.Has(receipt.FieldState) && r.State == pdu.MessageStateDelivered { ... }
//
// # Reading
//
// No document is binding for the text of a receipt, and peers write it in many ways: fields missing, in another order,
// in another case, with other dates, with fields of their own. A [Parser] takes all of it. Reading never fails: what is
// absent or makes no sense is not in [Receipt.Found], and the octets stay in [Receipt.Raw]. TLVs go before the text,
// each on its own. Whatever the outcome, answer the PDU with ESME_ROK: any error makes the MC send it again.
//
// # Writing
//
// A [Format] writes the text of appendix B of SMPP 3.4 in the form that most readers take, and the TLVs beside it. What
// it writes, a Parser reads back as it was.
//
// # Message ids
//
// Ids are strings, compared octet for octet. Some MCs write an id in one notation in the response and in another in
// the receipt; an [IDForm] says so for one peer, and nothing is converted without one.
//
// # Correlation
//
// A [Correlator] brings submitted messages and their receipts together, in whichever order and on whichever session
// they arrive. It has no goroutine and no clock: each call is given the time.
//
//	c := receipt.NewCorrelator(receipt.CorrelatorConfig{})
//	events, err := c.Submitted(ctx, now, receipt.Message{ID: resp.MessageID, Ref: "order 17"})
//	events, err = c.Received(ctx, now, r)
//	events, err = c.Expire(ctx, now)      // every now and then
//
// What it remembers is behind the interface [Store], which several processes may share; [Memory] is the default.
//
// # Concurrency
//
// A Parser, a Format and an IDForm are only read, and may be used by many goroutines once they are set up. So may a
// Correlator and a Memory.
//
// SMPP 3.4 §4.6.1, appendix B; SMPP 5.0 §4.3.1.1.
package receipt
