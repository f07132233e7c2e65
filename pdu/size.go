package pdu

import "unsafe"

// Bounds of what decoding makes of a PDU of n octets: DecodedSize is at most maxDecodedFactor*n + maxDecodedRest, and
// at most n + maxDecodedMore. Lists of the emptiest elements are the worst; TestDecodedSizeBounds has them.
const (
	maxDecodedFactor = 8
	maxDecodedRest   = 16 << 10
	maxDecodedMore   = 48 << 10
)

// Sizes of what decoding allocates.
const (
	pduSize     = int(unsafe.Sizeof(PDU{}))
	warningSize = int(unsafe.Sizeof(Warning{}))
	tlvSize     = int(unsafe.Sizeof(TLV{}))
	rawSize     = pduSize + int(unsafe.Sizeof(Raw{}))
	messageSize = pduSize + int(unsafe.Sizeof(SubmitSM{}))
	respSize    = pduSize + int(unsafe.Sizeof(SubmitSMResp{}))
)

// DecodedSize returns about how many octets a decoded PDU holds in memory: its structs and lists, and the copy of the
// octets that strings and slices point into. It is never less than half of what the runtime counts, and costs a few
// nanoseconds for messages and their responses. It is for bounds on PDUs that wait.
//
// For a PDU of n octets as decoded it is at most 8*n + 16 KiB, and at most n + 48 KiB.
func (p *PDU) DecodedSize() int {
	n := cap(p.Warnings) * warningSize
	for i := range p.Warnings {
		n += len(p.Warnings[i].Text)
	}
	switch b := p.Body.(type) {
	case nil:
		return n + pduSize
	case *SubmitSM:
		return n + messageSize + b.decodedSize()
	case *DeliverSM:
		return n + messageSize + (*SubmitSM)(b).decodedSize()
	case *SubmitSMResp:
		return n + respSize + sizeWithCopy(len(b.MessageID)+1, b.TLVs)
	case *DeliverSMResp:
		return n + respSize + sizeWithCopy(len(b.MessageID)+1, b.TLVs)
	case *Raw:
		return n + rawSize + cap(b.Data)
	}
	c := (&Codec{}).newCodec(modeSize, nil)
	p.Body.fields(c)
	n += lookup(p.Body.CommandID()).size + c.size
	c.release()
	return n
}

// decodedSize returns the size of what m points to.
func (m *SubmitSM) decodedSize() int {
	return sizeWithCopy(messageFixed-HeaderLen+len(m.ServiceType)+len(m.Source.Addr)+len(m.Dest.Addr)+
		len(m.ScheduleDeliveryTime)+len(m.ValidityPeriod)+len(m.ShortMessage), m.TLVs)
}

// sizeWithCopy returns the size of a list of TLVs and of the copy of the body, of which so many octets are in front of
// the TLVs.
func sizeWithCopy(octets int, list TLVs) int {
	for i := range list {
		octets += tlvHeaderLen + len(list[i].Value)
	}
	for _, inline := range [...]int{32, 64, 192} { // as newQuick has them
		if octets <= inline {
			octets = inline
			break
		}
	}
	return octets + cap(list)*tlvSize
}
