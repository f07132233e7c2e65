package machine

import "github.com/smpp-go/smpp/pdu"

// Op is a request of our own, from the moment its caller hands it over until its outcome. The caller sets the exported
// fields and leaves the Op alone until an effect names it. From then on PDU is the user's, and the machine goes by what
// it keeps of its own. It has 128 octets, a size of the allocator.
type Op struct {
	PDU    pdu.PDU // the header's Seq is set on admission
	Owner  any     // the shell's
	Do     bool    // the outcome is reported to its caller by EffDone, else to the hooks
	Try    bool    // refuse rather than wait
	OwnSeq bool    // PDU.Seq is the caller's choice
	Exempt bool    // made inside a hook: it is not to wait for a place

	Outcome Outcome

	phase      opPhase
	flags      opFlags
	events     uint8         // emitted, and their hooks not returned
	id         pdu.CommandID // of PDU as it was handed over
	seq        uint32        // of PDU, once admitted; before that, if OwnSeq
	size       uint32        // octets in the write queue; 0 when it is not, or no more, to be written
	octets     uint32        // of PDU as decoded, when it may be remembered
	at         int64         // its turn, while it waits; then when it was handed to the socket, in virtual time
	deadline   int64         // of the response; while it waits, since when; once remembered, when to forget it; in real time
	next, prev *Op
}

// opFlags are facts about a request of our own.
type opFlags uint8

const (
	opInternal  opFlags = 1 << iota // the machine's own: enquire_link, unbind
	opSlot                          // holds a window slot
	opPlace                         // holds a place for its events
	opSilent                        // the operation has no response
	opTold                          // its send result was reported, or needs no report
	opInHanded                      // is in the list of those that were handed to the socket
	opWithdrawn                     // is in the list of those that are not to go out any more
)

func (o *Op) is(f opFlags) bool { return o.flags&f != 0 }

func (o *Op) set(f opFlags) { o.flags |= f }

func (o *Op) unset(f opFlags) { o.flags &^= f }

// Header returns the command of o, and its sequence number once it is admitted.
func (o *Op) Header() (pdu.CommandID, uint32) { return o.id, o.seq }

type opPhase uint8

const (
	opNew opPhase = iota
	opWaiting
	opQueued
	opHanded // to the socket
	opEnded
)

// Waiting tells whether o still waits for a slot or a place.
func (o *Op) Waiting() bool { return o.phase == opWaiting }

// Forgotten tells that o, which was a Do, got its answer, and that the machine does not refer to it any more.
func (o *Op) Forgotten() bool {
	return (o.Outcome == Responded || o.Outcome == Nacked) && o.id != pdu.CommandUnbind
}

// answeredBy tells whether a PDU with the number of o and the given command is a response to it.
func (o *Op) answeredBy(id pdu.CommandID) bool {
	return id == pdu.CommandGenericNack || id == o.id.Response()
}

// noSlot tells that o takes no slot of the window: it has no response, or it is enquire_link or unbind.
func (o *Op) noSlot() bool {
	return o.is(opSilent) || o.id == pdu.CommandEnquireLink || o.id == pdu.CommandUnbind
}

// numWaits is the number of lists of waiting requests. Those of one list need the same: its head speaks for all.
const numWaits = 6

// wait returns the list in which o waits.
func (o *Op) wait() int {
	i := 0
	switch {
	case o.Exempt:
	case o.Do:
		i = 1
	default:
		i = 2
	}
	if o.noSlot() {
		i += 3
	}
	return i
}

// opList is a list of operations that are in one phase, in order.
type opList struct {
	head, tail *Op
	n          int
}

func (l *opList) push(o *Op) {
	o.prev, o.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = o
	} else {
		l.head = o
	}
	l.tail = o
	l.n++
}

// remove takes o out, which is in l.
func (l *opList) remove(o *Op) {
	if o.prev != nil {
		o.prev.next = o.next
	} else {
		l.head = o.next
	}
	if o.next != nil {
		o.next.prev = o.prev
	} else {
		l.tail = o.prev
	}
	o.prev, o.next = nil, nil
	l.n--
}

// In is a request of the peer, from its arrival until its answer is handed to the socket.
type In struct {
	PDU   *pdu.PDU
	Owner any // the shell's

	id         pdu.CommandID // as they came, since PDU is the user's
	seq        uint32
	event      int32  // where its event is; see eventQueue
	size       uint32 // octets, as decoded
	waited     uint32 // until it was begun, in milliseconds
	phase      inPhase
	list       inListID // where it is
	flags      inFlags
	at         int64 // when it came; once begun, when that was; in real time
	next, prev *In
}

// inFlags are facts about a request of the peer.
type inFlags uint8

const (
	noResp    inFlags = 1 << iota // the operation has no response
	held                          // counts as inbound
	begun                         // its hook was called
	byLibrary                     // its answer is not the handler's
	late                          // it was given up
)

func (i *In) is(f inFlags) bool { return i.flags&f != 0 }

func (i *In) set(f inFlags) { i.flags |= f }

// inPhase is a phase of a request of the peer.
type inPhase uint8

const (
	inQueued   inPhase = iota // its event waits for the hook, as far as the machine knows
	inTurn                    // its hook was called and taken back: it waits for its turn
	inBegun                   // its hook was called, and no answer came
	inGivenUp                 // the same, and nobody waits for the answer
	inHeld                    // a bind that was refused: the answer is held back
	inAnswered                // the answer is in the write queue
	inEnded                   // the answer was handed to the socket, or there is none
	inDropped                 // it was not begun when the session ended, and never will be
)

// waits reports whether in is not begun.
func (i *In) waits() bool { return i.phase == inQueued || i.phase == inTurn }

// Begun reports whether the hook of in was called, and it neither waits for its turn nor was dropped.
func (i *In) Begun() bool { return !i.waits() && i.is(begun) }

// Header returns the command and the sequence number of in, as they came.
func (i *In) Header() (pdu.CommandID, uint32) { return i.id, i.seq }

// Settled reports whether nothing more can happen to in: it is answered, or will never be begun, or was given up.
func (i *In) Settled() bool { return i.phase >= inGivenUp }

// Fate returns what became of in when that is bad, and zero otherwise.
func (i *In) Fate() Fate {
	switch {
	case i.phase == inDropped, i.is(byLibrary) && !i.is(begun):
		return FateRefused
	case i.is(late) && i.phase >= inAnswered && !i.is(byLibrary):
		return FateLate
	case i.is(late):
		return FateGivenUp
	}
	return 0
}

// size returns the octets that p holds as decoded.
func size(p *pdu.PDU) uint32 { return uint32(min(p.DecodedSize(), 1<<31-1)) }

// inList holds requests of the peer in order.
type inList struct {
	head, tail *In
	n          int
}

func (l *inList) push(i *In) {
	i.prev, i.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = i
	} else {
		l.head = i
	}
	l.tail = i
	l.n++
}

func (l *inList) remove(i *In) {
	if i.prev != nil {
		i.prev.next = i.next
	} else {
		l.head = i.next
	}
	if i.next != nil {
		i.next.prev = i.prev
	} else {
		l.tail = i.prev
	}
	i.prev, i.next = nil, nil
	l.n--
}

// inListID names a list of the machine's.
type inListID uint8

const (
	inNone    inListID = iota
	inTurns            // not begun: taken back, they wait for their turn
	inQueue            // not begun: their events wait for the hook
	inNotices          // not begun, without a response
	inHands            // begun, not answered and not given up
	inRemains          // dropped
)

func (m *Machine) listOf(id inListID) *inList {
	switch id {
	case inQueue:
		return &m.queue
	case inHands:
		return &m.begun
	}
	return m.more().listOf(id)
}

// join adds i to a list, which it is in none of.
func (m *Machine) join(id inListID, i *In) {
	i.list = id
	m.listOf(id).push(i)
}

// leave takes i out of its list, if it is in one.
func (m *Machine) leave(i *In) {
	if i.list != inNone {
		m.listOf(i.list).remove(i)
		i.list = inNone
	}
}
