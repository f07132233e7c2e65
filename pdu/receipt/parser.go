package receipt

import (
	"bytes"
	"regexp"
	"strings"
	"time"

	"github.com/smpp-go/smpp/pdu"
)

// Parser reads receipts. Its fields are the habits of a peer; the zero value has none and reads what
// most peers send. Nothing changes a Parser, so many goroutines may share one.
type Parser struct {
	// Location is the zone of dates that do not tell one, which is that of the MC. Nil: UTC.
	Location *time.Location
	// States maps words of the peer behind "stat:", in upper case, to states: "FAILED", "BUFFRED", or the numbers that
	// some send. It goes before the words that every Parser knows, which are those of SMPP 3.4 appendix B and the full
	// names of the states. A word that is in neither gives no state.
	States map[string]pdu.MessageState
	// Separators are octets that stand between fields as white space does, such as ",;|". None by default: they may be
	// part of an id.
	Separators string
	// Pattern reads texts that are not made of keys and colons. It is tried when the text has neither "id:" nor
	// "stat:". Its groups named id, sub, dlvrd, submit_date, done_date, stat, err and text give the values.
	Pattern *regexp.Regexp
	// TextFirst lets "id:" and "stat:" go before the TLVs receipted_message_id and message_state, for peers whose TLVs
	// are wrong.
	TextFirst bool
	// Unmarked takes messages for receipts whose esm_class does not say so, if they look like one: they have an id, and
	// a stat or a state besides.
	Unmarked bool
}

// Parse is [Parser.Parse] with the zero Parser.
func Parse(text []byte) Receipt { return new(Parser).Parse(text) }

// FromPDU is [Parser.FromPDU] with the zero Parser.
func FromPDU(b pdu.Body) (Receipt, bool) { return new(Parser).FromPDU(b) }

// Parse reads the text of a receipt alone. Any text will do: one without a single field gives a Receipt that has
// nothing but Raw.
func (p *Parser) Parse(text []byte) Receipt {
	r := Receipt{Raw: text}
	p.readText(&r)
	p.readState(&r)
	return r
}

// FromPDU reads a receipt from a *pdu.DeliverSM or *pdu.DataSM. It reports false for what is not a receipt, be it an
// ordinary message or another PDU. The text is that of message_payload if that is not empty, else of short_message; a
// user data header before it is skipped.
func (p *Parser) FromPDU(b pdu.Body) (Receipt, bool) {
	var r Receipt
	var class pdu.ESMClass
	switch b := b.(type) {
	case *pdu.DeliverSM:
		class = b.ESMClass
		r.Source, r.Dest, r.Raw, r.TLVs = b.Source, b.Dest, b.ShortMessage, b.TLVs
	case *pdu.DataSM:
		class = b.ESMClass
		r.Source, r.Dest, r.TLVs = b.Source, b.Dest, b.TLVs
	default:
		return Receipt{}, false
	}
	r.Kind = KindOf(class)
	unmarked := r.Kind == KindUnknown
	if unmarked && (!p.Unmarked || class.Type() != pdu.ESMClassNormal) {
		return Receipt{}, false
	}
	if payload, ok := r.TLVs.Get(pdu.TagMessagePayload); ok && len(payload) > 0 {
		r.Raw = payload
	}
	if class.UDHI() && len(r.Raw) > 0 && int(r.Raw[0]) < len(r.Raw) {
		r.Raw = r.Raw[1+int(r.Raw[0]):]
	}
	p.readText(&r)
	p.readTLVs(&r)
	p.readState(&r)
	if unmarked {
		if r.ID == "" || !r.Has(FieldStat) && !r.Has(FieldState) {
			return Receipt{}, false
		}
		r.Kind = KindFinal
		if r.onTheWay() {
			r.Kind = KindIntermediate
		}
	}
	return r, true
}

// readText takes the values out of the text.
func (p *Parser) readText(r *Receipt) {
	if len(r.Raw) == 0 {
		return
	}
	r.separators = p.Separators
	s := scanner{text: plain(r.Raw), separators: p.Separators}
	var seen uint16 // of a key that occurs twice the first counts, whatever its value
	for {
		k, value, ok := s.next()
		if !ok {
			break
		}
		if seen&(1<<k) == 0 {
			seen |= 1 << k
			p.set(r, k, value)
		}
	}
	if p.Pattern == nil || r.Found&(FieldID|FieldStat) != 0 {
		return
	}
	groups := p.Pattern.FindStringSubmatch(s.text)
	for i, name := range p.Pattern.SubexpNames() {
		if i == 0 || i >= len(groups) {
			continue
		}
		if k := patternKey(name); k != keyVendor {
			p.set(r, k, strings.Trim(groups[i], " \t\r\n\x00"))
		}
	}
}

// patternKey returns the key that a group of [Parser.Pattern] stands for.
func patternKey(name string) key {
	switch name {
	case "submit_date":
		return keySubmit
	case "done_date":
		return keyDone
	}
	for k := keyID; int(k) < len(keyNames); k++ {
		if keyNames[k] == name {
			return k
		}
	}
	return keyVendor
}

// set keeps a value of the text, if it is one.
func (p *Parser) set(r *Receipt, k key, value string) {
	switch k {
	case keyID:
		r.ID = value
		r.Found |= FieldID
	case keyStat:
		r.Stat = value
		r.Found |= FieldStat
	case keyErr:
		r.Err = value
		r.Found |= FieldErr
	case keyText:
		r.Text = value
		r.Found |= FieldText
	case keySub:
		r.count(FieldSub, &r.Sub, value)
	case keyDlvrd:
		r.count(FieldDlvrd, &r.Dlvrd, value)
	case keySubmit:
		r.date(FieldSubmitted, &r.Submitted, value, p.Location)
	case keyDone:
		r.date(FieldDone, &r.Done, value, p.Location)
	}
}

// count keeps a number, if value is made of one to nine digits.
func (r *Receipt) count(f Field, to *int, value string) {
	if value == "" || len(value) > 9 {
		return
	}
	n := 0
	for i := range len(value) {
		if !digit(value[i]) {
			return
		}
		n = n*10 + int(value[i]-'0')
	}
	*to = n
	r.Found |= f
}

// date keeps a date, if value is one.
func (r *Receipt) date(f Field, to *time.Time, value string, loc *time.Location) {
	if t, ok := ParseDate(value, loc); ok {
		*to = t
		r.Found |= f
	}
}

// readTLVs takes the values out of the TLVs; of one that occurs twice the first counts. What has an impossible length
// is left where it is.
func (p *Parser) readTLVs(r *Receipt) {
	named := false
	for _, t := range r.TLVs {
		v, integer := number(t.Value)
		switch t.Tag {
		case pdu.TagReceiptedMessageID:
			if !named {
				named = true
				p.readID(r, t.Value)
			}
		case pdu.TagMessageState:
			if integer && v <= 0xFF && !r.Has(FieldState) {
				r.State = pdu.MessageState(v)
				r.Found |= FieldState
			}
		case pdu.TagNetworkErrorCode:
			if e, err := pdu.ParseNetworkErrorCode(t.Value); err == nil && !r.Has(FieldNetworkError) {
				r.NetworkError = e
				r.Found |= FieldNetworkError
			}
		case pdu.TagUserMessageReference:
			if integer && v <= 0xFFFF && !r.Has(FieldReference) {
				r.Reference = uint16(v)
				r.Found |= FieldReference
			}
		case pdu.TagDPFResult:
			if integer && v <= 0xFF && !r.Has(FieldDPF) {
				r.DPF = pdu.DPFResult(v)
				r.Found |= FieldDPF
			}
		case pdu.TagAdditionalStatusInfoText:
			if !r.Has(FieldStatusInfo) {
				r.StatusInfo = string(cstring(t.Value))
				r.Found |= FieldStatusInfo
			}
		}
	}
}

// readID lets the id in a TLV go before that in the text, or the other way round if the Parser says so.
func (p *Parser) readID(r *Receipt, value []byte) {
	id := bytes.Trim(cstring(value), " \t\r\n")
	switch {
	case len(id) == 0 || string(id) == r.ID:
	case r.ID == "":
		r.ID = string(id)
		r.Found |= FieldID
	case p.TextFirst:
		r.OtherID = string(id)
	default:
		r.OtherID, r.ID = r.ID, string(id)
	}
}

// readState settles the state: that of the TLV unless the Parser prefers the text or the number is a reserved one, else
// that which stat stands for.
func (p *Parser) readState(r *Receipt) {
	if r.Has(FieldState) && !p.TextFirst && r.State <= pdu.MessageStateSkipped || r.Stat == "" {
		return
	}
	s, ok := p.state(r.Stat)
	if ok {
		r.State = s
		r.Found |= FieldState
	}
}

func (p *Parser) state(word string) (pdu.MessageState, bool) {
	if len(p.States) > 0 {
		if s, ok := p.States[strings.ToUpper(word)]; ok {
			return s, true
		}
	}
	return pdu.ParseReceiptState(word)
}

// cstring returns b up to its NUL. Many peers leave the NUL out.
func cstring(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// number reads an integer of up to four octets, as some peers send more octets than the TLV has, or fewer.
func number(b []byte) (uint32, bool) {
	if len(b) == 0 || len(b) > 4 {
		return 0, false
	}
	var v uint32
	for _, c := range b {
		v = v<<8 | uint32(c)
	}
	return v, true
}
