package multipart

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
	"github.com/smpp-go/smpp/pdu/tlv"
	"github.com/smpp-go/smpp/pdu/udh"
)

// Part is what one PDU carries of a message: all of it, or one part of a long one. It is plain data, and may be kept as
// JSON.
type Part struct {
	DataCoding pdu.DataCoding
	UDH        udh.Header // nil for none
	SAR        SAR        // the sar_* TLVs; zero for none
	Octets     []byte     // what follows the user data header
	Payload    bool       // in message_payload, not in short_message
}

// SAR is what the TLVs sar_msg_ref_num, sar_total_segments and sar_segment_seqnum say. The zero SAR says that there are
// none. SMPP 5.0 §4.8.4.48 to §4.8.4.50; SMPP 3.4 §5.3.2.22 to §5.3.2.24.
type SAR struct {
	Ref   uint16 // the same in all parts
	Total uint8  // number of parts, from 1
	Seq   uint8  // number of this part, from 1
}

// Number says which part of a long message a part is.
type Number struct {
	Method Method // MethodUDH8, MethodUDH16 or SAR: references of different kinds do not meet
	Ref    uint16
	Total  int // number of parts, from 1
	Seq    int // number of this part, from 1
}

// Errors of access to PDUs.
var (
	// ErrBody says that a PDU carries no message, or none that can be in parts.
	ErrBody = errors.New("multipart: not a submit_sm, submit_multi, deliver_sm or data_sm")

	// ErrBothTexts is the cause of the error for short_message beside message_payload.
	ErrBothTexts = errors.New("short_message and message_payload are both set")
)

// fields are the fields of a body that a message is made of.
type fields struct {
	source, dest pdu.Address
	esmClass     *pdu.ESMClass
	dataCoding   *pdu.DataCoding
	short        *[]byte // nil where there is no short_message
	tlvs         *pdu.TLVs
}

func fieldsOf(body pdu.Body) (fields, error) {
	switch b := body.(type) {
	case *pdu.SubmitSM:
		return fields{b.Source, b.Dest, &b.ESMClass, &b.DataCoding, &b.ShortMessage, &b.TLVs}, nil
	case *pdu.SubmitMulti:
		return fields{b.Source, pdu.Address{}, &b.ESMClass, &b.DataCoding, &b.ShortMessage, &b.TLVs}, nil
	case *pdu.DeliverSM:
		return fields{b.Source, b.Dest, &b.ESMClass, &b.DataCoding, &b.ShortMessage, &b.TLVs}, nil
	case *pdu.DataSM:
		return fields{b.Source, b.Dest, &b.ESMClass, &b.DataCoding, nil, &b.TLVs}, nil
	}
	return fields{}, fmt.Errorf("%w: %T", ErrBody, body)
}

// Get reads the message of a [*pdu.SubmitSM], [*pdu.SubmitMulti], [*pdu.DeliverSM] or [*pdu.DataSM], wherever it stands;
// the error is [ErrBody] for others. Where both short_message and message_payload are set, message_payload counts, as
// SMPP 5.0 §4.8.4.36 has it.
//
// When esm_class announces a user data header and there is none that can be read, the error is a [*udh.Error], and the
// part is complete all the same: its octets are all there were, and it has no header.
//
// The octets are those of the body, not a copy.
func Get(body pdu.Body) (Part, error) { return get(body, false) }

// GetStrict reads as Get does, and refuses a message with both short_message and message_payload set: the error is a
// [*pdu.CheckError] that names the status to answer with, StatusTLVNotAllowed. SMPP 3.4 §4.4.1.
func GetStrict(body pdu.Body) (Part, error) { return get(body, true) }

func get(body pdu.Body, strict bool) (Part, error) {
	f, err := fieldsOf(body)
	if err != nil {
		return Part{}, err
	}
	p := Part{DataCoding: *f.dataCoding}
	if f.short != nil {
		p.Octets = *f.short
	}
	if payload, ok := f.tlvs.Get(pdu.TagMessagePayload); ok && (len(payload) > 0 || len(p.Octets) == 0) {
		if strict && len(p.Octets) > 0 {
			return Part{}, &pdu.CheckError{
				Command: body.CommandID(), Field: "message_payload", Status: pdu.StatusTLVNotAllowed, Err: ErrBothTexts,
			}
		}
		p.Octets, p.Payload = payload, true
	}
	p.SAR = sarOf(*f.tlvs)
	if f.esmClass.UDHI() {
		header, n, err := udh.Parse(p.Octets)
		if err != nil {
			return p, err
		}
		p.UDH, p.Octets = header, p.Octets[n:]
	}
	return p, nil
}

// sarOf reads the sar_* TLVs, of which each needs the others.
func sarOf(ts pdu.TLVs) SAR {
	ref, ok, err := tlv.SARMsgRefNum.Get(ts)
	if !ok || err != nil {
		return SAR{}
	}
	total, _, err := tlv.SARTotalSegments.Get(ts)
	if err != nil {
		return SAR{}
	}
	seq, _, err := tlv.SARSegmentSeqnum.Get(ts)
	if err != nil || seq == 0 || seq > total {
		return SAR{}
	}
	return SAR{ref, total, seq}
}

// Put writes the part into a body of the kinds that [Get] reads: data_coding, the UDHI bit of esm_class, the message
// with its user data header in short_message or, with Payload and always in a data_sm, in message_payload, and the
// sar_* TLVs. What was there of these is replaced, the rest of the body stays. The TLVs are copied first, so that bodies
// copied from one another may be given different parts.
//
// The error is [ErrBody], or a [*udh.Error] for a header that is too long; then the body is as it was. That short_message
// is not longer than its version permits is checked when the PDU is encoded.
func (p Part) Put(body pdu.Body) error {
	f, err := fieldsOf(body)
	if err != nil {
		return err
	}
	data, err := p.UDH.Append(make([]byte, 0, p.UDH.Len()+len(p.Octets)))
	if err != nil {
		return err
	}
	data = append(data, p.Octets...)

	ts := slices.DeleteFunc(slices.Clone(*f.tlvs), func(t pdu.TLV) bool {
		return t.Tag == pdu.TagMessagePayload || t.Tag == pdu.TagSARMsgRefNum ||
			t.Tag == pdu.TagSARTotalSegments || t.Tag == pdu.TagSARSegmentSeqnum
	})
	if p.SAR != (SAR{}) {
		ts.Add(pdu.TagSARMsgRefNum, []byte{byte(p.SAR.Ref >> 8), byte(p.SAR.Ref)})
		ts.Add(pdu.TagSARTotalSegments, []byte{p.SAR.Total})
		ts.Add(pdu.TagSARSegmentSeqnum, []byte{p.SAR.Seq})
	}
	if f.short == nil || p.Payload {
		ts.Add(pdu.TagMessagePayload, data)
		data = nil
	}
	if f.short != nil {
		*f.short = data
	}
	*f.tlvs, *f.dataCoding = ts, p.DataCoding
	*f.esmClass &^= pdu.ESMClassUDHI
	if p.UDH != nil {
		*f.esmClass |= pdu.ESMClassUDHI
	}
	return nil
}

// Number returns which part of a long message this is, and false for a message of its own. A concatenation element of
// the user data header counts before the sar_* TLVs, which must not stand beside it.
func (p Part) Number() (Number, bool) {
	if c, ok := p.UDH.Concat(); ok {
		method := MethodUDH8
		if c.Wide {
			method = MethodUDH16
		}
		return Number{method, c.Ref, int(c.Total), int(c.Seq)}, true
	}
	if p.SAR.Seq > 0 && p.SAR.Seq <= p.SAR.Total {
		return Number{MethodSAR, p.SAR.Ref, int(p.SAR.Total), int(p.SAR.Seq)}, true
	}
	return Number{}, false
}

// Codec returns the codec for the octets of the part as the peer means them: by data_coding, and for GSM 7-bit by the
// national tables and the length of the user data header. The errors are those of text.Peer.Codec.
func (p Part) Codec(peer text.Peer) (text.Codec, error) {
	c, err := peer.Codec(p.DataCoding)
	if err != nil {
		return c, err
	}
	if c.Alphabet == text.GSM7 || c.Alphabet == text.GSM7Packed {
		locking, single := p.UDH.Languages()
		c.Locking, c.Single = text.Language(locking), text.Language(single)
	}
	if c.Alphabet == text.GSM7Packed {
		c.Fill = text.FillBits(p.UDH.Len())
	}
	return c, nil
}

// clone returns a part that shares no memory with p.
func (p Part) clone() Part {
	p.Octets = bytes.Clone(p.Octets)
	p.UDH = slices.Clone(p.UDH)
	for i := range p.UDH {
		p.UDH[i].Data = bytes.Clone(p.UDH[i].Data)
	}
	return p
}
