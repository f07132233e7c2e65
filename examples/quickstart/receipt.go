package main

import (
	"strings"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/tlv"
)

// receipt is what a delivery receipt tells, or an intermediate notification.
type receipt struct {
	id    string           // as in the response; empty when it is missing
	state pdu.MessageState // MessageStateUnknown when it is missing, or a word of the vendor's
	final bool             // no other receipt follows
}

// readReceipt returns what a receipt tells, and whether body is one. The TLVs go before the text, each for itself: some
// message centres send the one, some the other, most send both.
func readReceipt(body pdu.Body) (receipt, bool) {
	var class pdu.ESMClass
	var tlvs pdu.TLVs
	var text string
	switch b := body.(type) {
	case *pdu.DeliverSM:
		class, tlvs, text = b.ESMClass, b.TLVs, decode(b.DataCoding, content(b.ShortMessage, b.TLVs))
	case *pdu.DataSM:
		class, tlvs, text = b.ESMClass, b.TLVs, decode(b.DataCoding, content(nil, b.TLVs))
	}
	if !class.IsReceipt() && !class.IsIntermediate() {
		return receipt{}, false
	}
	id, ok, err := tlv.ReceiptedMessageID.Get(tlvs)
	if !ok || err != nil {
		id = field(text, "id:")
	}
	state, ok, err := tlv.MessageState.Get(tlvs)
	if !ok || err != nil {
		if state, ok = pdu.ParseReceiptState(field(text, "stat:")); !ok {
			state = pdu.MessageStateUnknown
		}
	}
	underway := class.IsIntermediate() || state == pdu.MessageStateEnroute || state == pdu.MessageStateScheduled
	return receipt{id: id, state: state, final: !underway}, true
}

// field returns the word behind a key in the text of a receipt, such as: id:4F2A sub:001 dlvrd:001 stat:DELIVRD. The
// text of the message, which comes last and may hold anything, is not searched.
func field(text, key string) string {
	for rest := text; ; {
		var word string
		rest = strings.TrimLeft(rest, " \t\r\n\x00")
		if end := strings.IndexAny(rest, " \t\r\n\x00"); end >= 0 {
			word, rest = rest[:end], rest[end:]
		} else {
			word, rest = rest, ""
		}
		switch {
		case word == "" || hasPrefixFold(word, "text:"):
			return ""
		case hasPrefixFold(word, key):
			return word[len(key):]
		}
	}
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
