package pdu

import (
	"errors"
	"slices"
)

// Reasons why a value is not acceptable.
var (
	errReserved   = errors.New("a reserved value")
	errEmpty      = errors.New("empty")
	errNotDigits  = errors.New("an international number of other characters than digits")
	errNoMode     = errors.New("a messaging mode that the operation does not have")
	errRelative33 = errors.New("a relative time, which SMPP 3.3 does not have")
	errMissingTLV = errors.New("a TLV that must be there is not")
	errBothTexts  = errors.New("short_message carries text as well")
)

// Check is [Codec.Check] with a Codec of version v that is not strict.
func Check(p *PDU, v Version) error { return Codec{Version: v}.Check(p) }

// Check judges the values in a request that decoded: types of number and numbering plans, priorities, times,
// destinations, and the TLVs that have to be there. An MC or a simulator that answers to the letter asks it; decoding
// does not, since most peers mean well. The error is a [*CheckError], with the status to answer with.
//
// Strict also refuses what is wrong and still clear: a text in both short_message and message_payload, and offsets
// beyond 12 hours in a time.
func (k Codec) Check(p *PDU) error {
	if p.Body == nil || p.command().IsResponse() {
		return nil
	}
	ch := checker{strict: k.Strict, ver: k.version(), id: p.command()}
	var values []fieldValue
	values, ch.tlvs = show(p.Body)
	for _, v := range values {
		if err := ch.value(v); err != nil {
			return &CheckError{Command: ch.id, Field: v.name, Status: v.status, Err: err}
		}
	}
	return ch.optional(p.Body)
}

// checker is the state of one Check.
type checker struct {
	strict bool
	ver    Version
	id     CommandID
	ton    TON // of the address that is being checked
	tlvs   TLVs
}

// value judges one field.
func (ch *checker) value(v fieldValue) error {
	switch x := v.value.(type) {
	case TON:
		ch.ton = x
		if x > TONAbbreviated {
			return errReserved
		}
	case NPI:
		if !slices.Contains(npis, x) {
			return errReserved
		}
	case PriorityFlag:
		if x > ch.maxPriority() {
			return errReserved
		}
	case ESMClass:
		return ch.esmClass(x)
	case string:
		switch v.name {
		case "destination_addr":
			return ch.destination(x)
		case "schedule_delivery_time", "validity_period":
			return ch.time(x)
		}
	}
	return nil
}

var npis = []NPI{
	NPIUnknown, NPIISDN, NPIData, NPITelex, NPILandMobile, NPINational, NPIPrivate, NPIERMES, NPIInternet,
	NPIWAPClientID,
}

// maxPriority is the highest level that the version has.
func (ch *checker) maxPriority() PriorityFlag {
	switch ch.ver {
	case V33:
		return 1
	case V34:
		return 3
	}
	return 4
}

// esmClass refuses the transaction mode where SMPP 3.4 does not have it.
func (ch *checker) esmClass(e ESMClass) error {
	submits := ch.id == CommandSubmitSM || ch.id == CommandSubmitMulti
	if submits && ch.ver == V34 && e&0x03 == 0x02 {
		return errNoMode
	}
	return nil
}

// destination judges an address that a message goes to.
func (ch *checker) destination(addr string) error {
	switch ch.id {
	case CommandSubmitSM, CommandSubmitMulti, CommandDataSM:
		if addr == "" {
			return errEmpty
		}
	}
	if ch.ton == TONInternational && !isDigits(addr) {
		return errNotDigits
	}
	return nil
}

func (ch *checker) time(s string) error {
	parse := ParseTimeLenient
	if ch.strict {
		parse = ParseTime
	}
	t, err := parse(s)
	if err != nil {
		return err
	}
	if ch.ver == V33 && t.Kind() == TimeRelative {
		return errRelative33
	}
	return nil
}

// optional judges the TLVs, of which SMPP 3.3 has none.
func (ch *checker) optional(b Body) error {
	if ch.ver == V33 {
		return nil
	}
	var text []byte
	switch b := b.(type) {
	case *SubmitSM:
		text = b.ShortMessage
	case *SubmitMulti:
		text = b.ShortMessage
	case *DeliverSM:
		text = b.ShortMessage
	case *ReplaceSM:
		text = b.ShortMessage
	case *DataSM:
		if b.ESMClass&0x3C == 0 {
			if err := ch.need(TagMessagePayload); err != nil {
				return err
			}
		}
	case *BroadcastSM:
		if err := ch.broadcast(b); err != nil {
			return err
		}
	}
	if payload, _ := ch.tlvs.Get(TagMessagePayload); ch.strict && len(payload) > 0 && len(text) > 0 {
		return ch.refuse(TagMessagePayload, StatusTLVNotAllowed, errBothTexts)
	}
	return ch.companions()
}

// companions asks for the TLVs that others ask for.
func (ch *checker) companions() error {
	if v, ok := ch.tlvs.Get(TagDestAddrNPResolution); ok && len(v) == 1 && v[0] == 2 {
		if err := ch.need(TagDestAddrNPInformation, TagDestAddrNPCountry); err != nil {
			return err
		}
	}
	if _, ok := ch.tlvs.Get(TagSourceNetworkID); ok {
		if err := ch.need(TagSourceNodeID); err != nil {
			return err
		}
	}
	if _, ok := ch.tlvs.Get(TagDestNetworkID); ok {
		return ch.need(TagDestNodeID)
	}
	return nil
}

// broadcast judges the TLVs that a broadcast_sm has to have. The number of repetitions is not asked of a broadcast that
// goes out at once. SMPP 5.0 §4.4.1.1 and §4.8.4.13.
func (ch *checker) broadcast(b *BroadcastSM) error {
	need := []Tag{TagBroadcastAreaIdentifier, TagBroadcastContentType, TagBroadcastFrequencyInterval}
	if b.PriorityFlag != 1 {
		need = append(need, TagBroadcastRepNum)
	}
	if err := ch.need(need...); err != nil {
		return err
	}
	for area := range ch.tlvs.All(TagBroadcastAreaIdentifier) {
		if len(area) == 0 || area[0] > 2 {
			return ch.refuse(TagBroadcastAreaIdentifier, StatusInvalidBroadcastAreaFormat, errReserved)
		}
	}
	interval, _ := ch.tlvs.Get(TagBroadcastFrequencyInterval)
	if len(interval) == 0 || interval[0] != 0 && (interval[0] < 8 || interval[0] > 14) {
		return ch.refuse(TagBroadcastFrequencyInterval, StatusInvalidBroadcastFrequencyInterval, errReserved)
	}
	return nil
}

// need asks for TLVs.
func (ch *checker) need(tags ...Tag) error {
	for _, tag := range tags {
		if _, ok := ch.tlvs.Get(tag); !ok {
			return ch.refuse(tag, StatusMissingTLV, errMissingTLV)
		}
	}
	return nil
}

func (ch *checker) refuse(tag Tag, status CommandStatus, err error) error {
	return &CheckError{Command: ch.id, Field: tag.String(), Status: status, Err: err}
}
