package machine

import (
	"slices"

	"github.com/smpp-go/smpp/pdu"
)

// negotiate sets the version that governs: the lower of both ends.
func (m *Machine) negotiate(peer pdu.Version) {
	m.version = pdu.Negotiate(m.cfg.Version, peer)
	m.codec.Version = m.version
}

// bindVersion returns the interface_version of a bind, and other for what is not a bind that parsed.
func bindVersion(b pdu.Body, other pdu.Version) pdu.Version {
	switch b := b.(type) {
	case *pdu.BindTransceiver:
		return b.InterfaceVersion
	case *pdu.BindTransmitter:
		return b.InterfaceVersion
	case *pdu.BindReceiver:
		return b.InterfaceVersion
	}
	return other
}

// bindRespVersion returns the version that the MC states in sc_interface_version. Many leave it out although they know
// TLVs, so absence is taken for the version that was asked for.
func bindRespVersion(b pdu.Body, asked pdu.Version) pdu.Version {
	if tlvs := bindRespTLVs(b); tlvs != nil {
		if v, ok := tlvs.Get(pdu.TagSCInterfaceVersion); ok && len(v) == 1 {
			return pdu.Version(v[0])
		}
	}
	return asked
}

// bindRespTLVs returns the TLVs of the response of a bind, and nil for other bodies.
func bindRespTLVs(b pdu.Body) *pdu.TLVs {
	switch b := b.(type) {
	case *pdu.BindTransceiverResp:
		return &b.TLVs
	case *pdu.BindTransmitterResp:
		return &b.TLVs
	case *pdu.BindReceiverResp:
		return &b.TLVs
	}
	return nil
}

// withVersion returns a copy of the response of a bind that states our version.
func withVersion(b pdu.Body, v pdu.Version) pdu.Body {
	switch b := b.(type) {
	case *pdu.BindTransceiverResp:
		return &pdu.BindTransceiverResp{SystemID: b.SystemID, TLVs: addVersion(b.TLVs, v)}
	case *pdu.BindTransmitterResp:
		return &pdu.BindTransmitterResp{SystemID: b.SystemID, TLVs: addVersion(b.TLVs, v)}
	case *pdu.BindReceiverResp:
		return &pdu.BindReceiverResp{SystemID: b.SystemID, TLVs: addVersion(b.TLVs, v)}
	}
	return b
}

// addVersion returns ts with sc_interface_version, which is added to a copy unless it is there.
func addVersion(ts pdu.TLVs, v pdu.Version) pdu.TLVs {
	if _, ok := ts.Get(pdu.TagSCInterfaceVersion); ok {
		return ts
	}
	return append(slices.Clone(ts), pdu.TLV{Tag: pdu.TagSCInterfaceVersion, Value: []byte{byte(v)}})
}
