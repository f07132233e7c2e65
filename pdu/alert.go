package pdu

// AlertNotification tells an ESME that a subscriber, whose messages had set the delivery pending flag, can be reached
// again. It has no response.
//
// SMPP 5.0 §4.1.3.1; SMPP 3.4 §4.12.1.
type AlertNotification struct {
	Source Address // the subscriber; at most 64 characters
	ESME   Address // who is told; at most 64 characters
	TLVs   TLVs
}

// CommandID returns CommandAlertNotification.
func (*AlertNotification) CommandID() CommandID { return CommandAlertNotification }

func (p *AlertNotification) fields(c *codec) {
	c.address(reportedSource, &p.Source, 65)
	c.address(esmeAddr, &p.ESME, 65)
	c.tlvs(&p.TLVs)
}
