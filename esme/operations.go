package esme

import (
	"context"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// The operations of an ESME, one method each. They wait for the response as [session.Session.Do] does, with its errors.
// A response that carries a status is returned as a *pdu.StatusError together with its body, nil when it has none.

// SubmitSM submits a message to one recipient. The response names it by a message id. SMPP 5.0 §4.2.1.
func (c *Client) SubmitSM(ctx context.Context, req *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// SubmitMulti submits a message to several recipients and distribution lists. The response lists those that it was
// not accepted for. SMPP 5.0 §4.2.3.
func (c *Client) SubmitMulti(ctx context.Context, req *pdu.SubmitMulti) (*pdu.SubmitMultiResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// DataSM sends a message whose text is in the message_payload TLV. SMPP 5.0 §4.2.2.
func (c *Client) DataSM(ctx context.Context, req *pdu.DataSM) (*pdu.DataSMResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// QuerySM asks what became of a message. SMPP 5.0 §4.5.2.
func (c *Client) QuerySM(ctx context.Context, req *pdu.QuerySM) (*pdu.QuerySMResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// CancelSM cancels a message that is not delivered yet, or a group of them. SMPP 5.0 §4.5.1.
func (c *Client) CancelSM(ctx context.Context, req *pdu.CancelSM) (*pdu.CancelSMResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// ReplaceSM replaces the text of a message that is not delivered yet. SMPP 5.0 §4.5.3.
func (c *Client) ReplaceSM(ctx context.Context, req *pdu.ReplaceSM) (*pdu.ReplaceSMResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// BroadcastSM submits a cell broadcast. SMPP 5.0 only. SMPP 5.0 §4.4.1.
func (c *Client) BroadcastSM(ctx context.Context, req *pdu.BroadcastSM) (*pdu.BroadcastSMResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// QueryBroadcastSM asks for the state of a cell broadcast. SMPP 5.0 only. SMPP 5.0 §4.6.1.
func (c *Client) QueryBroadcastSM(ctx context.Context, req *pdu.QueryBroadcastSM) (*pdu.QueryBroadcastSMResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// CancelBroadcastSM cancels a cell broadcast. SMPP 5.0 only. SMPP 5.0 §4.6.2.
func (c *Client) CancelBroadcastSM(ctx context.Context, req *pdu.CancelBroadcastSM) (*pdu.CancelBroadcastSMResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// EnquireLink asks the message centre for a sign of life. The session does so by itself after a silence; the call is
// for measuring the round trip. It takes no slot of the window. SMPP 5.0 §4.1.2.
func (c *Client) EnquireLink(ctx context.Context, req *pdu.EnquireLink) (*pdu.EnquireLinkResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// ParamRetrieve asks for the value of a parameter. SMPP 3.3 only.
func (c *Client) ParamRetrieve(ctx context.Context, req *pdu.ParamRetrieve) (*pdu.ParamRetrieveResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// QueryLastMsgs asks for the ids of the last messages from an address. SMPP 3.3 only.
func (c *Client) QueryLastMsgs(ctx context.Context, req *pdu.QueryLastMsgs) (*pdu.QueryLastMsgsResp, error) {
	return session.Exchange(ctx, c.Session, req)
}

// QueryMsgDetails asks for all that is known of a message. SMPP 3.3 only.
func (c *Client) QueryMsgDetails(ctx context.Context, req *pdu.QueryMsgDetails) (*pdu.QueryMsgDetailsResp, error) {
	return session.Exchange(ctx, c.Session, req)
}
