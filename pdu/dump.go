package pdu

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// DumpOptions tell what a [Dump] shows. The zero value shows no user data.
type DumpOptions struct {
	// Text shows short_message, message_payload and the octets of a [Raw], which may be what people wrote to each
	// other. Passwords, and bodies of binds that did not decode, are not shown even then.
	Text bool
}

// Dump returns the PDU as a listing for people: the header, then one line for every field, TLV and warning. The format
// is not stable.
func Dump(p *PDU, o DumpOptions) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n", p.command())
	line := func(name string, value any) { fmt.Fprintf(&b, "  %-24s %v\n", name, value) }
	line("command_id", "0x"+hexDigits(uint32(p.command()), 8))
	line("command_status", fmt.Sprintf("0x%s (%v)", hexDigits(uint32(p.Status), 8), p.Status))
	line("sequence_number", p.Seq)
	if p.Body != nil {
		values, tlvs := show(p.Body)
		for _, v := range values {
			name := v.name
			if v.list != "" {
				name = fmt.Sprintf("%s[%d].%s", v.list, v.index, v.name)
			}
			line(name, o.format(p, v))
		}
		for _, t := range tlvs {
			if t.Rest {
				line(restName, o.rest(p, t.Value))
				continue
			}
			value := o.octets(t.Tag == TagMessagePayload, t.Value)
			line(t.Tag.String(), "0x"+hexDigits(uint32(t.Tag), 4)+", "+value)
		}
	}
	for _, w := range p.Warnings {
		line("warning", w)
	}
	return b.String()
}

// command returns the command_id that the PDU has, or gets from its body.
func (p *PDU) command() CommandID {
	if p.ID == 0 && p.Body != nil {
		return p.Body.CommandID()
	}
	return p.ID
}

// format returns the value of a field as it is shown.
func (o DumpOptions) format(p *PDU, v fieldValue) string {
	switch x := v.value.(type) {
	case string:
		return strconv.Quote(x)
	case []byte:
		if v.secret {
			return o.rest(p, x)
		}
		return o.octets(true, x)
	case Password:
		return strconv.Quote(x.String())
	default:
		return plain(x)
	}
}

// plain returns a number, and its name when it has one.
func plain(x any) string {
	s := fmt.Sprint(x)
	if n := fmt.Sprintf("%d", x); n != s {
		return n + " (" + s + ")"
	}
	return s
}

// octets returns b in hexadecimal, or its length alone when it is user data.
func (o DumpOptions) octets(userData bool, b []byte) string {
	s := strconv.Itoa(len(b)) + " octets"
	if len(b) > 0 && (o.Text || !userData) {
		s += ": " + hex.EncodeToString(b)
	}
	return s
}

// restName stands for a TLV that has Rest set.
const restName = "rest"

// rest returns octets that may hold anything.
func (o DumpOptions) rest(p *PDU, b []byte) string {
	if mayHoldPassword(p.ID) || mayHoldPassword(p.Body.CommandID()) {
		o.Text = false
	}
	return o.octets(true, b)
}

// mayHoldPassword reports whether the undecoded body of the command may hold a password.
func mayHoldPassword(id CommandID) bool {
	switch id {
	case CommandBindTransmitter, CommandBindReceiver, CommandBindTransceiver, CommandOutbind:
		return true
	}
	return false
}

// summary returns the fields that are set, and the TLVs, as attributes for a log.
func (p *PDU) summary() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("command", p.command().String()),
		slog.Uint64("seq", uint64(p.Seq)),
	}
	if p.Status != StatusOK {
		attrs = append(attrs, slog.String("status", p.Status.String()))
	}
	if p.Body != nil {
		values, tlvs := show(p.Body)
		for _, v := range values {
			if a, ok := v.attr(); ok {
				attrs = append(attrs, a)
			}
		}
		for _, t := range tlvs {
			if t.Rest {
				attrs = append(attrs, slog.String(restName, DumpOptions{}.octets(true, t.Value)))
				continue
			}
			attrs = append(attrs, slog.String(t.Tag.String(), DumpOptions{}.octets(t.Tag == TagMessagePayload, t.Value)))
		}
	}
	for _, w := range p.Warnings {
		attrs = append(attrs, slog.String("warning", w.Kind))
	}
	return attrs
}

// attr returns the field as an attribute. Zero values, lengths and the elements of lists are left out; the count of a
// list stands for it.
func (v fieldValue) attr() (slog.Attr, bool) {
	switch x := v.value.(type) {
	case string:
		return slog.String(v.name, x), x != "" && v.list == ""
	case []byte:
		return slog.String(v.name, DumpOptions{}.octets(true, x)), len(x) > 0
	case Password:
		return slog.Any(v.name, x), x != ""
	case int:
		return slog.Int(v.name, x), x > 0 && v.name != "sm_length"
	default:
		s := plain(x)
		return slog.String(v.name, s), v.list == "" && s != "0" && !strings.HasPrefix(s, "0 (")
	}
}

// String returns the PDU on one line: the command, the sequence number, the status when it is not zero, and the fields
// and TLVs that are set. User data shows as its length and passwords not at all. The format is not stable; see [Dump]
// for all of it.
func (p *PDU) String() string {
	var b strings.Builder
	for i, a := range p.summary() {
		switch {
		case i == 0:
			b.WriteString(a.Value.String())
		case strings.ContainsAny(a.Value.String(), " \"=") || a.Value.String() == "":
			fmt.Fprintf(&b, " %s=%q", a.Key, a.Value.String())
		default:
			fmt.Fprintf(&b, " %s=%s", a.Key, a.Value.String())
		}
	}
	return b.String()
}

// LogValue returns what String shows as a group. It implements [slog.LogValuer].
func (p *PDU) LogValue() slog.Value { return slog.GroupValue(p.summary()...) }
