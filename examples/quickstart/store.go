package main

import (
	"fmt"
	"time"

	"github.com/smpp-go/smpp/mc"
	"github.com/smpp-go/smpp/pdu"
)

// message is a message that the centre has taken.
type message struct {
	id       string
	sm       *pdu.SubmitSM // as it came, or what submit_multi and data_sm come to
	text     string        // the whole text, when this is the part that completed it
	whole    bool
	dests    []pdu.Address
	from     *desk
	state    pdu.MessageState
	answered time.Time // when its response was written; zero before
	due      time.Time // when it will be delivered, or will expire
	end      pdu.MessageState
	done     time.Time   // when it reached its final state
	timer    *time.Timer // of a scheduled message
	owed     int         // receipts that the ESME has not taken
}

// size returns the octets of the message, of the text that was read from it, and the TLVs.
func (m *message) size() int {
	n := len(m.sm.ShortMessage) + len(m.text)
	for _, t := range m.sm.TLVs {
		n += len(t.Value)
	}
	return n
}

// schedule reads the two times of a message: when it will be delivered, or that it will have expired before.
func (m *message) schedule(now time.Time) error {
	at, err := moment(m.sm.ScheduleDeliveryTime, now)
	if err != nil {
		return mc.Refuse(pdu.StatusInvalidScheduleTime)
	}
	expires, err := moment(m.sm.ValidityPeriod, now)
	if err != nil {
		return mc.Refuse(pdu.StatusInvalidValidityPeriod)
	}
	m.due, m.end = at, pdu.MessageStateDelivered
	if m.sm.ValidityPeriod != "" && expires.Before(at) {
		m.due, m.end = expires, pdu.MessageStateExpired
	}
	return nil
}

// moment returns the time that s tells, now when it is empty.
func moment(s string, now time.Time) (time.Time, error) {
	t, err := pdu.ParseTimeLenient(s)
	if err != nil {
		return time.Time{}, err
	}
	if at, ok := t.Absolute(); ok {
		return at, nil
	}
	span, _ := t.Relative() // of an empty time: none
	return now.AddDate(span.Years, span.Months, span.Days).Add(time.Duration(span.Hours)*time.Hour +
		time.Duration(span.Minutes)*time.Minute + time.Duration(span.Seconds)*time.Second), nil
}

// store keeps messages by their id. A message must stay until it has reached its end and its receipts were taken; after
// that it stays for queries until its room is needed.
type store struct {
	byID    map[string]*message
	retired []*message // those that may go, oldest first
	places  int        // recipients of all messages
	octets  int        // of their texts and TLVs
	last    uint32     // the number in the last id
}

// add gives m an id and keeps it. It reports false when there is no room.
func (s *store) add(m *message) bool {
	for s.places+len(m.dests) > maxStored || s.octets+m.size() > maxOctets {
		if len(s.retired) == 0 {
			return false
		}
		s.remove(s.retired[0])
		s.retired = s.retired[1:]
	}
	for m.id == "" || s.byID[m.id] != nil { // the numbers begin again after the last one
		s.last++
		// Eight hexadecimal digits fit every version: SMPP 3.3 allows no more.
		m.id = fmt.Sprintf("%08X", s.last)
	}
	s.byID[m.id] = m
	s.places += len(m.dests)
	s.octets += m.size()
	return true
}

// read sets the text of a message that is kept.
func (s *store) read(m *message, text string) {
	s.octets += len(text) - len(m.text)
	m.text, m.whole = text, true
}

func (s *store) remove(m *message) {
	delete(s.byID, m.id)
	s.places -= len(m.dests)
	s.octets -= m.size()
}

// find returns the message of an id, when source is its sender and it was answered, and else nil. SMPP 5.0 §4.5.2.1:
// the source must match that of the submission.
func (s *store) find(id, source string) *message {
	m := s.byID[id]
	if m == nil || m.answered.IsZero() || m.sm.Source.Addr != source {
		return nil
	}
	return m
}
