package profile

import (
	"regexp"
	"slices"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/receipt"
	"github.com/smpp-go/smpp/pdu/text"
)

// Profile is the habits of one peer. The zero value has those of most peers; every field says what its zero means. A
// Profile is only read by the packages that take it, so many sessions may share one.
type Profile struct {
	// Name is what logs and stores call the peer. Correlators of profiles with one name share what they remember.
	Name string `json:"name"`
	// Description is for people.
	Description string `json:"description"`

	// Version is the interface_version of binds. Zero: 3.4.
	Version pdu.Version `json:"version"`
	// Strict refuses what a peer should not send: see pdu.Codec. For tests and simulators.
	Strict bool `json:"strict"`
	// Unsupported are requests that the peer does not know or refuses. A gateway need not try them; a simulator answers
	// them so.
	Unsupported []pdu.CommandID `json:"unsupported"`

	// Alphabet is what data_coding 0 means. Zero: GSM 7-bit, a septet in each octet.
	Alphabet text.Alphabet `json:"alphabet"`
	// Padding is how packed GSM 7-bit is padded.
	Padding text.Padding `json:"padding"`
	// GSMDataCoding reads all of data_coding as the data coding scheme of GSM, as SMPP 3.3 has it.
	GSMDataCoding bool `json:"gsm_data_coding"`
	// Alphabets may be used besides the default one, the preferred ones first. Nil: UCS-2. Empty: none.
	Alphabets []text.Alphabet `json:"alphabets"`
	// Languages are the national tables of GSM 7-bit that may be used, the preferred ones first. Nil: none.
	Languages []text.Language `json:"languages"`
	// Transliterate replaces characters that GSM 7-bit lacks by similar ones where that saves another alphabet.
	Transliterate bool `json:"transliterate"`

	// Split is how long messages are sent. Zero: in parts with a user data header, its reference of 8 bits.
	Split multipart.Method `json:"split"`
	// MaxParts is the number of parts that a message may have; a longer one is an error. Zero: 255.
	MaxParts int `json:"max_parts"`
	// PayloadOver is, with the method "payload", the number of octets above which a message goes into message_payload.
	// Zero: what one short message takes.
	PayloadOver int `json:"payload_over"`
	// KeepGraphemes does not split between a letter and its accents, nor inside an emoji of several characters.
	KeepGraphemes bool `json:"keep_graphemes"`

	// Source and Dest are the rules for addresses.
	Source AddressRules `json:"source"`
	Dest   AddressRules `json:"dest"`

	Submit   Submit   `json:"submit"`
	Receipts Receipts `json:"receipts"`
	Limits   Limits   `json:"limits"`
	Timers   Timers   `json:"timers"`
}

// Submit is about messages that are sent to the peer. See [Profile.Prepare].
type Submit struct {
	// ServiceType is the service_type of messages that have none.
	ServiceType string `json:"service_type"`
	// NoValidity never sends validity_period: some MCs misread it and expire the message at once.
	NoValidity bool `json:"no_validity"`
	// NoSchedule never sends schedule_delivery_time.
	NoSchedule bool `json:"no_schedule"`
	// TLVs are added to all messages that do not have the tag, such as those of a registration that the law demands.
	TLVs pdu.TLVs `json:"tlvs"`
	// MoreMessages sets more_messages_to_send on all parts of a long message but the last.
	MoreMessages bool `json:"more_messages"`
	// ReceiptParts are the parts of a long message that ask for a receipt, when one is wanted.
	ReceiptParts Parts `json:"receipt_parts"`
}

// Receipts is about delivery receipts, read and written. See [Profile.Parser], [Profile.Format] and
// [Profile.Correlator].
type Receipts struct {
	// ID is how ids of receipts differ from those of responses. Zero: not at all.
	ID receipt.IDForm `json:"id"`
	// TimeZone is that of the dates in receipts, which do not tell one. Nil: UTC.
	TimeZone *time.Location `json:"time_zone"`
	// Unmarked takes messages with esm_class 0 for receipts when they look like one.
	Unmarked bool `json:"unmarked"`
	// TextFirst lets the text go before the TLVs, for peers whose TLVs are wrong.
	TextFirst bool `json:"text_first"`
	// States are the peer's own words behind "stat:", in upper case.
	States map[string]pdu.MessageState `json:"states"`
	// Separators are octets that stand between fields as white space does.
	Separators string `json:"separators"`
	// Pattern reads texts that have no keys; its groups are named id, sub, dlvrd, submit_date, done_date, stat, err and
	// text.
	Pattern *regexp.Regexp `json:"pattern"`
	// AcceptedFinal says that no receipt follows one with the state ACCEPTED.
	AcceptedFinal bool `json:"accepted_final"`

	// The rest is about writing, for an MC or a simulator.

	// Seconds writes dates of 12 digits in the place of 10.
	Seconds bool `json:"seconds"`
	// NoText leaves the text out: TLVs tell all. NoTLVs leaves those out.
	NoText bool `json:"no_text"`
	NoTLVs bool `json:"no_tlvs"`
	// KeepAddresses leaves source and destination as they were in the message, in the place of swapping them.
	KeepAddresses bool `json:"keep_addresses"`
}

// Limits are what the peer accepts. Zero means the limit of the specification, or none where it has none.
type Limits struct {
	// SystemID and Password are sizes in characters, the NUL not counted. Zero: 15 and 8.
	SystemID int `json:"system_id"`
	Password int `json:"password"`
	// Window is the number of requests that may be outstanding on a session. Zero: the library's default.
	Window int `json:"window"`
	// Rate is the number of messages a second, over all binds; each part of a long one counts. Zero: no limit.
	Rate float64 `json:"rate"`
	// Binds is the number of sessions at one time. Zero: no limit.
	Binds int `json:"binds"`
	// PDU is the largest command_length that the peer takes, in octets. Zero: the library's default.
	PDU int `json:"pdu"`
	// SessionMessages is the number of messages after which a session is to be closed and another opened. Zero: never.
	SessionMessages int `json:"session_messages"`
}

// Timers are the times that the peer expects. Zero means the library's default, a negative one that the timer is off.
type Timers struct {
	SessionInit         time.Duration `json:"session_init"`          // from connecting to a successful bind
	EnquireLink         time.Duration `json:"enquire_link"`          // of silence, before enquire_link is sent
	EnquireLinkResponse time.Duration `json:"enquire_link_response"` // until the session is given up
	Inactivity          time.Duration `json:"inactivity"`            // without a request other than enquire_link
	Response            time.Duration `json:"response"`              // until a request is given up
}

// Parts says which parts of a long message something applies to.
type Parts uint8

// Parts of a message.
const (
	PartsAll Parts = iota
	PartsFirst
	PartsLast
)

// Includes reports whether p includes a part, counted from 1, of so many.
func (p Parts) Includes(part, parts int) bool {
	switch p {
	case PartsFirst:
		return part <= 1
	case PartsLast:
		return part >= parts
	}
	return true
}

// String returns the name, such as "last".
func (p Parts) String() string { return nameOf(p, partsNames[:]) }

// MarshalText returns the name.
func (p Parts) MarshalText() ([]byte, error) { return marshalName(p, partsNames[:]) }

// UnmarshalText reads the name: "all", "first" or "last".
func (p *Parts) UnmarshalText(b []byte) error { return unmarshalName(p, b, partsNames[:]) }

var partsNames = [...]string{PartsAll: "all", PartsFirst: "first", PartsLast: "last"}

// Codec returns the codec for PDUs of sessions with the peer.
func (p *Profile) Codec() pdu.Codec {
	return pdu.Codec{
		Version: p.version(),
		Strict:  p.Strict,
		Limits:  pdu.Limits{MaxSystemID: p.Limits.SystemID, MaxPassword: p.Limits.Password},
	}
}

func (p *Profile) version() pdu.Version {
	if p.Version == 0 {
		return pdu.V34
	}
	return p.Version
}

// Supports reports whether the peer takes a request: the version of the profile has it, and it is not among those that
// are unsupported.
func (p *Profile) Supports(id pdu.CommandID) bool {
	for _, u := range p.Unsupported {
		if u == id.Request() {
			return false
		}
	}
	return id.In(p.version())
}

// Peer returns what package text needs to read messages of the peer.
func (p *Profile) Peer() text.Peer {
	return text.Peer{Default: p.Alphabet, Padding: p.Padding, GSMDataCoding: p.GSMDataCoding}
}

// TextOptions returns what package text may choose from for messages to the peer. The slices are those of the profile.
func (p *Profile) TextOptions() text.Options {
	return text.Options{
		Peer: p.Peer(), Alphabets: p.Alphabets, Languages: p.Languages, Transliterate: p.Transliterate,
	}
}

// SplitOptions returns how package multipart is to split messages to the peer; the reference is for the caller to set.
// MaxParts is for the caller to check too: package multipart knows the limit of the specification alone.
func (p *Profile) SplitOptions() multipart.Options {
	return multipart.Options{
		Text: p.TextOptions(), Method: p.Split, Graphemes: p.KeepGraphemes, PayloadOver: p.PayloadOver,
	}
}

// Parser returns a parser of the peer's receipts.
func (p *Profile) Parser() *receipt.Parser {
	r := &p.Receipts
	return &receipt.Parser{
		Location: r.TimeZone, States: r.States, Separators: r.Separators, Pattern: r.Pattern,
		TextFirst: r.TextFirst, Unmarked: r.Unmarked,
	}
}

// Format returns how an MC with the habits of the profile writes receipts.
func (p *Profile) Format() *receipt.Format {
	r := &p.Receipts
	return &receipt.Format{
		Location: r.TimeZone, ID: r.ID, Seconds: r.Seconds, Version: p.version(),
		NoText: r.NoText, NoTLVs: r.NoTLVs, KeepAddresses: r.KeepAddresses,
	}
}

// Correlator returns the configuration of a correlator for the peer, over a store; nil makes one in memory. Set the
// times in it where the defaults do not suit.
func (p *Profile) Correlator(store receipt.Store) receipt.CorrelatorConfig {
	return receipt.CorrelatorConfig{
		Peer: p.Name, ID: p.Receipts.ID, Store: store, AcceptedFinal: p.Receipts.AcceptedFinal,
	}
}

// SourceAddress makes the source of a message out of what people write, by the rules in Source.
func (p *Profile) SourceAddress(s string) (pdu.Address, error) { return p.Source.Address(s) }

// DestAddress makes the destination of a message out of what people write, by the rules in Dest.
func (p *Profile) DestAddress(s string) (pdu.Address, error) { return p.Dest.Address(s) }

// Prepare changes a message as Submit says: it sets a missing service_type, takes out times that are never to be sent,
// and adds TLVs whose tag is not there. Preparing twice changes nothing more. TLVs of the message are copied before
// one is added; the values are those of the profile, and only to be read.
func (p *Profile) Prepare(m *pdu.SubmitSM) {
	s := &p.Submit
	if m.ServiceType == "" {
		m.ServiceType = s.ServiceType
	}
	if s.NoValidity {
		m.ValidityPeriod = ""
	}
	if s.NoSchedule {
		m.ScheduleDeliveryTime = ""
	}
	own := m.TLVs
	for _, t := range s.TLVs {
		if _, ok := own.Get(t.Tag); ok {
			continue
		}
		if len(m.TLVs) == len(own) {
			m.TLVs = slices.Clip(own) // so that adding copies
		}
		m.TLVs.Add(t.Tag, t.Value)
	}
}
