package machine

import "github.com/smpp-go/smpp/pdu"

// noteCongestion takes the congestion_state of a response to account, which any of SMPP 5.0 may have. Values that are
// reserved tell nothing. SMPP 5.0 §4.8.4.18.
func (a *adaptive) noteCongestion(b pdu.Body) {
	if v, ok := respTLVs(b).Get(pdu.TagCongestionState); ok && len(v) == 1 && v[0] <= 100 {
		a.round.Congestion = max(a.round.Congestion, int(v[0]))
	}
}

// respTLVs returns the TLVs of a response, nil when it can have none.
func respTLVs(b pdu.Body) pdu.TLVs {
	switch b := b.(type) {
	case *pdu.SubmitSMResp:
		return b.TLVs
	case *pdu.DeliverSMResp:
		return b.TLVs
	case *pdu.DataSMResp:
		return b.TLVs
	case *pdu.SubmitMultiResp:
		return b.TLVs
	case *pdu.EnquireLinkResp:
		return b.TLVs
	case *pdu.QuerySMResp:
		return b.TLVs
	case *pdu.CancelSMResp:
		return b.TLVs
	case *pdu.ReplaceSMResp:
		return b.TLVs
	case *pdu.BroadcastSMResp:
		return b.TLVs
	case *pdu.QueryBroadcastSMResp:
		return b.TLVs
	case *pdu.CancelBroadcastSMResp:
		return b.TLVs
	case *pdu.UnbindResp:
		return b.TLVs
	}
	if tlvs := bindRespTLVs(b); tlvs != nil {
		return *tlvs
	}
	return nil
}
