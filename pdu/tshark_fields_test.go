package pdu_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/smpp-go/smpp/pdu"
)

// tsharkField is a field as tshark reports it. Pos counts from the start of the PDU. A field with a mask is some bits of
// an octet, and Hex is their value; else Hex is the octets.
type tsharkField struct {
	Name     string
	Hex      string
	Pos, Len int
	Mask     int
	also     string // another name that is right
	optional bool   // may be missing; tshark's reason is where it is set
}

// tsharkPacket is what tshark makes of one packet.
type tsharkPacket struct {
	Layers []string
	Fields []tsharkField
	Faults []string // malformed, or the like
}

func (p tsharkPacket) check(t *testing.T, want []tsharkField, size int) {
	t.Helper()
	for _, s := range p.problems(want, size) {
		t.Error(s)
	}
}

// problems compares what tshark found with what it should have.
func (p tsharkPacket) problems(want []tsharkField, size int) (problems []string) {
	fail := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if want == nil {
		// The three operations of SMPP 3.3 alone: tshark does not know them and shows octets.
		if !slices.Equal(p.Layers, []string{"data"}) {
			fail("layers %v, tshark knows the command by now: compare its fields", p.Layers)
		}
		return problems
	}
	// User data with a header goes to other parts of tshark, which are switched off: it shows them as data besides.
	if !slices.Contains(p.Layers, "smpp") {
		fail("layers %v, want smpp", p.Layers)
	}
	for _, f := range p.Faults {
		fail("tshark complains: %s", f)
	}
	left := slices.Clone(p.Fields)
	for _, w := range want {
		i := slices.IndexFunc(left, func(f tsharkField) bool {
			return (f.Name == w.Name || f.Name == w.also) && f.Pos == w.Pos && f.Mask == w.Mask
		})
		switch {
		case i >= 0:
			if f := left[i]; f.Hex != w.Hex || f.Len != w.Len {
				fail("%s at %d is %.80s (%d octets), want %.80s (%d)", w.Name, w.Pos, f.Hex, f.Len, w.Hex, w.Len)
			}
			left = slices.Delete(left, i, i+1)
		case !w.optional:
			fail("%s at %d is missing, want %.80s", w.Name, w.Pos, w.Hex)
		}
	}
	for _, f := range left {
		switch {
		case f.Name == "smpp.message_text": // of short_message once more, as text
		case strings.HasPrefix(f.Name, "smpp.dcs."): // parts of data_coding, which is there as a whole
		default:
			fail("%s at %d is %.80s, want nothing there", f.Name, f.Pos, f.Hex)
		}
	}
	if len(want) > 0 && want[0].Hex != fmt.Sprintf("%08x", size) {
		fail("command_length %s, want %d", want[0].Hex, size)
	}
	return problems
}

// reader builds the fields that tshark should find.
type reader struct {
	fields []tsharkField
	pos    int
	// skipped is set while tshark reads nothing: what is added then may be missing.
	skipped bool
}

func (r *reader) add(name string, octets []byte) *tsharkField {
	r.peek(name, octets)
	r.pos += len(octets)
	return &r.fields[len(r.fields)-1]
}

// peek adds a field that others share their octets with.
func (r *reader) peek(name string, octets []byte) {
	r.fields = append(r.fields, tsharkField{
		Name: name, Hex: hex.EncodeToString(octets), Pos: r.pos, Len: len(octets), optional: r.skipped,
	})
}

func (r *reader) octet(name string, v uint8) { r.add(name, []byte{v}) }

// cstring adds a string. tshark does not show all of the empty ones.
func (r *reader) cstring(name, s string) *tsharkField {
	w := r.add(name, append([]byte(s), 0))
	w.optional = w.optional || s == ""
	return w
}

// bits adds the parts of an octet, given as name and mask.
func (r *reader) bits(v uint8, parts ...any) {
	for i := 0; i < len(parts); i += 2 {
		mask := parts[i+1].(int)
		value := int(v) & mask / (mask & -mask)
		r.fields = append(r.fields, tsharkField{
			Name: parts[i].(string), Hex: strconv.FormatInt(int64(value), 16), Pos: r.pos, Len: 1, Mask: mask,
			optional: r.skipped,
		})
	}
	r.pos++
}

// time adds a time, whose name tells whether it is a duration; an empty one counts as such.
func (r *reader) time(name, s string) *tsharkField {
	if s == "" || strings.HasSuffix(s, "R") {
		name += "_r"
	}
	return r.cstring(name, s)
}

func (r *reader) address(prefix, name string, a pdu.Address) {
	r.octet(prefix+"_ton", uint8(a.TON))
	r.octet(prefix+"_npi", uint8(a.NPI))
	r.cstring(name, a.Addr)
}

// tsharkOf returns the fields that tshark should find in a PDU, nil when it does not know the command.
func tsharkOf(p *pdu.PDU) []tsharkField {
	id := p.ID
	if p.Body != nil {
		id = p.Body.CommandID()
	}
	switch id.Request() {
	case pdu.CommandParamRetrieve, pdu.CommandQueryLastMsgs, pdu.CommandQueryMsgDetails:
		return nil
	}
	r := &reader{pos: 4}
	r.add("smpp.command_id", binary.BigEndian.AppendUint32(nil, uint32(id)))
	// tshark shows the status of responses only.
	r.add("smpp.command_status", binary.BigEndian.AppendUint32(nil, uint32(p.Status))).optional = !id.IsResponse()
	r.add("smpp.sequence_number", binary.BigEndian.AppendUint32(nil, p.Seq))
	if p.Body != nil {
		// tshark reads no body of an error response, and no TLVs where there is no mandatory field.
		r.skipped = p.Status != 0 || pdu.HeaderOnly(id)
		r.body(p.Body)
	}
	length := tsharkField{Name: "smpp.command_length", Hex: fmt.Sprintf("%08x", r.pos), Len: 4}
	return slices.Insert(r.fields, 0, length)
}

// tsharkNoTLVs are the commands for which SMPP 3.4 has no TLVs, and tshark looks for none; SMPP 5.0 permits them all.
var tsharkNoTLVs = map[pdu.CommandID]bool{
	pdu.CommandBindTransmitter: true, pdu.CommandBindReceiver: true, pdu.CommandBindTransceiver: true,
	pdu.CommandOutbind: true, pdu.CommandQuerySM: true, pdu.CommandQuerySMResp: true, pdu.CommandCancelSM: true,
}

// body adds the fields of a body in the order of its struct, which is that of the wire.
func (r *reader) body(body pdu.Body) {
	s := reflect.ValueOf(body).Elem()
	for i := range s.NumField() {
		switch name, f := s.Type().Field(i).Name, s.Field(i); x := f.Interface().(type) {
		case pdu.Address:
			switch name {
			case "Source":
				r.address("smpp.source_addr", "smpp.source_addr", x)
			case "Dest":
				r.address("smpp.dest_addr", "smpp.destination_addr", x)
			case "ESME":
				r.address("smpp.esme_addr", "smpp.esme_addr", x)
			}
		case []pdu.DestAddress:
			r.octet("smpp.dlist", uint8(len(x)))
			for _, d := range x {
				r.pos++ // dest_flag, which tshark uses and does not show
				if d.Flag == pdu.DestFlagList {
					r.cstring("smpp.dl_name", d.DLName)
				} else {
					r.address("smpp.dest_addr", "smpp.destination_addr", d.Address)
				}
			}
		case []pdu.UnsuccessSME:
			r.add("smpp.dlist_resp", []byte{uint8(len(x))}).optional = r.skipped || len(x) == 0 // not shown when empty
			for _, u := range x {
				r.address("smpp.dest_addr", "smpp.destination_addr", u.Address)
				r.add("smpp.error_status_code", binary.BigEndian.AppendUint32(nil, uint32(u.Status)))
			}
		case pdu.ESMClass:
			r.bits(uint8(x), "smpp.esm.submit.msg_mode", 0x03, "smpp.esm.submit.msg_type", 0x3C,
				"smpp.esm.submit.features", 0xC0)
		case pdu.RegisteredDelivery:
			r.bits(uint8(x), "smpp.regdel.receipt", 0x03, "smpp.regdel.acks", 0x0C, "smpp.regdel.notif", 0x10)
		case []byte:
			r.octet("smpp.sm_length", uint8(len(x)))
			if len(x) > 0 {
				r.add("smpp.message", x)
			}
		case pdu.TLVs:
			r.skipped = r.skipped || tsharkNoTLVs[body.CommandID()]
			for _, v := range x {
				r.tlv(v)
			}
		default:
			r.plain(body, name, f)
		}
	}
}

var tsharkNames = map[string]string{
	"ServiceType": "service_type", "SystemID": "system_id", "Password": "password", "SystemType": "system_type",
	"InterfaceVersion": "interface_version", "AddrTON": "addr_ton", "AddrNPI": "addr_npi", "AddressRange": "address_range",
	"ProtocolID": "protocol_id", "PriorityFlag": "priority_flag", "DataCoding": "data_coding",
	"SMDefaultMsgID": "sm_default_msg_id", "MessageID": "message_id", "MessageState": "message_state",
	"ErrorCode": "error_code",
}

// plain adds a string or an octet.
func (r *reader) plain(body pdu.Body, name string, f reflect.Value) {
	switch name {
	case "ReplaceIfPresent":
		r.bits(uint8(f.Uint()), "smpp.replace_if_present_flag", 0x01)
		return
	case "ScheduleDeliveryTime":
		r.time("smpp.schedule_delivery_time", f.String())
		return
	case "ValidityPeriod":
		w := r.time("smpp.validity_period", f.String())
		if _, multi := body.(*pdu.SubmitMulti); multi {
			// tshark shows this one under the name of the other time.
			w.also = strings.Replace(w.Name, "validity_period", "schedule_delivery_time", 1)
		}
		return
	case "FinalDate":
		r.time("smpp.final_date", f.String())
		return
	}
	known := "smpp." + tsharkNames[name]
	if f.Kind() == reflect.String {
		w := r.cstring(known, f.String())
		if _, broadcast := body.(*pdu.BroadcastSM); broadcast && name == "MessageID" {
			w.optional = true // tshark reads it and does not show it
		}
		return
	}
	r.octet(known, uint8(f.Uint()))
}

// tlv adds a TLV.
func (r *reader) tlv(v pdu.TLV) {
	r.add("smpp.opt_param_tag", binary.BigEndian.AppendUint16(nil, uint16(v.Tag)))
	r.add("smpp.opt_param_len", binary.BigEndian.AppendUint16(nil, uint16(len(v.Value))))
	switch b := v.Value; v.Tag {
	case pdu.TagMSMsgWaitFacilities:
		r.bits(b[0], "smpp.msg_wait.ind", 0x80, "smpp.msg_wait.type", 0x03)
	case pdu.TagCallbackNumPresInd:
		r.bits(b[0], "smpp.callback_num.pres", 0x0C, "smpp.callback_num.scrn", 0x03)
	case pdu.TagNetworkErrorCode:
		r.octet("smpp.network_error.type", b[0])
		r.add("smpp.network_error.code", b[1:])
	case pdu.TagITSSessionInfo:
		r.octet("smpp.its_session.number", b[0])
		r.bits(b[1], "smpp.its_session.sequence", 0xFE, "smpp.its_session.ind", 0x01)
	case pdu.TagBroadcastContentType:
		r.octet("smpp.broadcast_content_type.nw", b[0])
		r.add("smpp.broadcast_content_type.type", b[1:])
	case pdu.TagBroadcastFrequencyInterval:
		r.octet("smpp.broadcast_frequency_interval.unit", b[0])
		r.add("smpp.broadcast_frequency_interval.value", b[1:])
	case pdu.TagBroadcastAreaIdentifier:
		r.peek("smpp.broadcast_area_identifier.format", b[:1])
		r.add("smpp.broadcast_area_identifier", b)
	case pdu.TagAlertOnMessageDelivery:
		if len(b) == 0 {
			r.add("smpp.alert_on_message_delivery_null", b)
		} else {
			r.add("smpp.alert_on_message_delivery_type", b)
		}
	case pdu.TagBroadcastContentTypeInfo:
		r.add("smpp.broadcast_content_type.info", b)
	case pdu.TagSCInterfaceVersion:
		r.add("smpp.SC_interface_version", b)
	case pdu.TagBillingIdentification:
		r.add("smpp.billing_id", b)
	case pdu.TagDestAddrNPInformation:
		r.add("smpp.dest_addr_np_info", b)
	case pdu.TagMessagePayload:
		r.add("smpp.message_payload", b).optional = r.skipped || len(b) == 0 // not shown when empty
	default:
		switch {
		case v.Tag.Known():
			r.add("smpp."+v.Tag.String(), b)
		case v.Tag.Vendor():
			r.add("smpp.vendor_op", b)
		default:
			r.add("smpp.reserved_op", b)
		}
	}
}
