package machine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

// rig drives a machine as the shell does, and words what the machine asks for, so that a test reads as a protocol:
//
//	r.send("a")                   // an input
//	r.writes("submit_sm#1")       // what goes to the socket
//	r.want("sent a")              // the effects since the last want
//
// Hooks return at once unless slow is set; the Stats balance is checked after each want.
type rig struct {
	t       testing.TB
	m       *Machine
	now     time.Time
	slow    bool     // hooks do not return: their events gather in pending
	pending []Effect // see slow
	ops     map[string]*Op
	ins     map[uint32]*In // the peer's requests by number
}

var (
	epoch    = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	errBoom  = errors.New("boom")
	errReset = errors.New("reset")
)

const allHooks = HookPDU | HookResp | HookRespTimeout | HookSendResult | HookLateResp | HookMalformed | HookUnanswered

// testConfig has the defaults of the shell, but for a window and places that tests can fill, and no keep-alive.
func testConfig(role Role) Config {
	return Config{
		Role: role, Window: 10, Places: 1024, Inbound: 1024, ThrottleStatus: pdu.StatusThrottled,
		RespBytes: 1 << 20, Reports: 1024, MaxPDU: 128 << 10, MaxPDUUnbound: 4 << 10, LateMax: 16384,
		SessionInit: 10 * time.Second, Response: time.Minute, Answer: time.Minute, UnbindGrace: 5 * time.Second,
		Write: 10 * time.Second, Pause: 5 * time.Second, Late: 2 * time.Minute,
		Linger: time.Second, UnboundLinger: 2 * time.Second, Hooks: allHooks,
	}
}

// newRig returns a rig in StateOpen.
func newRig(t testing.TB, role Role, set ...func(*Config)) *rig {
	cfg := testConfig(role)
	for _, f := range set {
		f(&cfg)
	}
	return &rig{t: t, m: New(cfg, epoch), now: epoch, ops: map[string]*Op{}, ins: map[uint32]*In{}}
}

// boundRig returns a rig bound as a transceiver.
func boundRig(t testing.TB, role Role, set ...func(*Config)) *rig {
	r := newRig(t, role, set...)
	r.bind(pdu.CommandBindTransceiver, pdu.V50)
	return r
}

// bind binds with a number that no test uses, and leaves our own numbers as they were.
func (r *rig) bind(id pdu.CommandID, v pdu.Version) {
	r.t.Helper()
	if r.m.cfg.Role == RoleMC {
		r.peer(0x7000, bindBody(id, v))
		r.effects()
		require.NoError(r.t, r.m.Accept(r.now, r.ins[0x7000], nil, r.m.hooks))
	} else {
		seq := r.m.seq
		o := &Op{PDU: pdu.PDU{Body: bindBody(id, v)}, Do: true, Owner: "bind"}
		require.NoError(r.t, r.m.Request(r.now, o))
		r.flush()
		r.resp(o.PDU.Seq, pdu.NewBody(id.Response()))
		r.m.seq = seq
	}
	r.flush()
	r.effects()
	r.m.stats = counters{}
	require.Equal(r.t, boundState(id), r.m.State())
}

func bindBody(id pdu.CommandID, v pdu.Version) pdu.Body {
	switch id {
	case pdu.CommandBindReceiver:
		return &pdu.BindReceiver{SystemID: "x", InterfaceVersion: v}
	case pdu.CommandBindTransmitter:
		return &pdu.BindTransmitter{SystemID: "x", InterfaceVersion: v}
	}
	return &pdu.BindTransceiver{SystemID: "x", InterfaceVersion: v}
}

// pass lets time pass and ticks whenever the machine wants it, as a timer does.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	end := r.now.Add(d)
	for n := 0; ; n++ {
		at := r.m.Deadline()
		if at.IsZero() || at.After(end) {
			break
		}
		require.Less(r.t, n, 10000, "the timer spins")
		r.now = maxTime(r.now, at)
		r.m.Tick(r.now)
	}
	r.now = end
}

func maxTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// request hands an operation over under a name.
func (r *rig) request(name string, o *Op) error {
	o.Owner = name
	if o.PDU.Body == nil && o.PDU.ID == 0 {
		o.PDU.Body = &pdu.SubmitSM{}
		if r.m.cfg.Role == RoleMC {
			o.PDU.Body = &pdu.DeliverSM{}
		}
	}
	r.ops[name] = o
	return r.m.Request(r.now, o)
}

// send is a Send for each name, do a Do: of submit_sm, or on an MC of deliver_sm.
func (r *rig) send(names ...string) {
	r.t.Helper()
	for _, n := range names {
		require.NoError(r.t, r.request(n, &Op{}))
	}
}

func (r *rig) do(names ...string) {
	r.t.Helper()
	for _, n := range names {
		require.NoError(r.t, r.request(n, &Op{Do: true}))
	}
}

func (r *rig) try(name string) error { return r.request(name, &Op{Try: true}) }

// own hands over a request of any body.
func (r *rig) own(name string, b pdu.Body) error { return r.request(name, &Op{PDU: pdu.PDU{Body: b}}) }

func (r *rig) cancel(name string) Outcome { return r.m.Cancel(r.now, r.ops[name]) }

// peer is a request of the peer's.
func (r *rig) peer(seq uint32, b pdu.Body) {
	r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: b.CommandID(), Seq: seq}, Body: b}, nil)
}

// resp is a response of the peer's with ESME_ROK.
func (r *rig) resp(seq uint32, b pdu.Body) { r.peer(seq, b) }

// ok answers our submit_sm (or deliver_sm) of each number.
func (r *rig) ok(seqs ...uint32) {
	for _, s := range seqs {
		if r.m.cfg.Role == RoleMC {
			r.resp(s, &pdu.DeliverSMResp{})
		} else {
			r.resp(s, &pdu.SubmitSMResp{})
		}
	}
}

func (r *rig) nack(seq uint32) {
	r.m.Recv(r.now, &pdu.PDU{Header: pdu.Header{ID: pdu.CommandGenericNack, Status: 3, Seq: seq}}, nil)
}

// in is the usual message of the peer's: deliver_sm to an ESME, submit_sm to an MC.
func (r *rig) in(seqs ...uint32) {
	for _, s := range seqs {
		if r.m.cfg.Role == RoleMC {
			r.peer(s, &pdu.SubmitSM{})
		} else {
			r.peer(s, &pdu.DeliverSM{})
		}
	}
}

// reply answers the peer's request of a number with ESME_ROK; reject with a status.
func (r *rig) reply(seq uint32) error {
	in := r.ins[seq]
	return r.m.Reply(r.now, in, pdu.StatusOK, pdu.NewBody(in.PDU.ID.Response()))
}

func (r *rig) reject(seq uint32, s pdu.CommandStatus) error {
	return r.m.Reply(r.now, r.ins[seq], s, nil)
}

// take hands what is queued to the socket and words it; flush also tells that it was written.
func (r *rig) take() []string {
	return frames(r.t, r.m.Take(r.now, 1<<30))
}

func (r *rig) flush() []string {
	got := r.take()
	r.m.Wrote(r.now, 1<<30, nil)
	return got
}

func (r *rig) takes(want ...string) {
	r.t.Helper()
	require.Equal(r.t, strings.Join(want, "\n"), strings.Join(r.take(), "\n"))
}

func (r *rig) writes(want ...string) {
	r.t.Helper()
	require.Equal(r.t, strings.Join(want, "\n"), strings.Join(r.flush(), "\n"))
}

// frames words encoded PDUs: "submit_sm#1", "submit_sm_resp#7 ESME_RTHROTTLED".
func frames(t testing.TB, b []byte) []string {
	var all []string
	for len(b) > 0 {
		n, err := pdu.FrameLen(b, 1<<30)
		require.NoError(t, err)
		require.NotZero(t, n)
		p, err := pdu.Decode(b[:n])
		require.NoError(t, err)
		b = b[n:]
		all = append(all, word(p))
	}
	return all
}

func word(p *pdu.PDU) string {
	s := fmt.Sprintf("%v#%d", p.ID, p.Seq)
	if p.Status != pdu.StatusOK {
		s += " " + p.Status.String()
	}
	return s
}

// want drains the effects and compares them; of the report the lost list follows the close, an entry each. What the shell
// carries out at once and what the hooks are told are in order each, and there is none between the two.
func (r *rig) want(want ...string) {
	r.t.Helper()
	parted := func(words []string) string {
		slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(atOnce(b), atOnce(a)) })
		return strings.Join(words, "\n")
	}
	require.Equal(r.t, parted(want), parted(r.effects()))
}

// atOnce returns 1 for the words of effects that are no events, else 0.
func atOnce(word string) int {
	for _, verb := range []string{"admit ", "done ", "refuse ", "outcome ", "half-close", "cut"} {
		if strings.HasPrefix(word, verb) {
			return 1
		}
	}
	return 0
}

func (r *rig) effects() []string {
	r.t.Helper()
	var all []string
	for {
		e := r.m.next()
		if e == nil {
			break
		}
		all = append(all, r.effect(e)...)
	}
	balance(r.t, r.m)
	return all
}

// returned lets the hooks return that slow held up.
func (r *rig) returned() {
	r.slow = false
	for i := range r.pending {
		r.m.EventDone(r.now, &r.pending[i])
	}
	r.pending = nil
}

func (r *rig) effect(e *Effect) []string {
	if e.Kind >= EventPDU {
		if r.slow {
			r.pending = append(r.pending, *e)
		} else {
			defer r.m.EventDone(r.now, e)
		}
	}
	switch e.Kind {
	case EffAdmit:
		return []string{"admit " + name(e.Op)}
	case EffDone:
		s := fmt.Sprintf("done %s %v", name(e.Op), e.Op.Outcome)
		if e.Err != nil {
			s += ": " + e.Err.Error()
		}
		return []string{s}
	case EffRefuse:
		return []string{fmt.Sprintf("refuse %s: %v", name(e.Op), e.Err)}
	case EffOutcome:
		return []string{fmt.Sprintf("outcome %s %v", name(e.Op), e.Op.Outcome)}
	case EffCloseWrite:
		return []string{"half-close"}
	case EffCloseConn:
		return []string{"cut"}
	case EventPDU:
		r.ins[e.In.PDU.Seq] = e.In
		return []string{"pdu " + word(e.In.PDU)}
	case EventResp:
		return []string{fmt.Sprintf("resp %s %v", name(e.Op), e.Op.Outcome)}
	case EventTimeout:
		names := make([]string, len(e.More.([]*Op)))
		for i, o := range e.More.([]*Op) {
			names[i] = name(o)
		}
		return []string{"timeout " + strings.Join(names, " ")}
	case EventSendResult:
		if e.In != nil {
			return []string{"sent " + word(e.PDU)}
		}
		return []string{"sent " + name(e.Op)}
	case EventLate:
		if e.Op == nil {
			return []string{"unknown " + word(e.PDU)}
		}
		return []string{"late " + name(e.Op)}
	case EventMalformed:
		return []string{"malformed " + word(e.PDU)}
	case EventState:
		return []string{fmt.Sprintf("state %v>%v", e.From, e.To)}
	case EventUnanswered:
		return []string{"unanswered " + word(e.In.PDU)}
	case EventClose:
		all := []string{"close: " + e.Err.Error()}
		for _, l := range r.m.Lost() {
			all = append(all, "lost "+lostWord(l))
		}
		return all
	}
	return []string{fmt.Sprintf("effect %d", e.Kind)}
}

// lostWord words an entry of the lost report: the PDU and its marks, i(ncoming) w(ritten) t(old).
func lostWord(l LostEntry) string {
	s := word(l.PDU)
	for _, mark := range []struct {
		on bool
		as string
	}{{l.Incoming, " i"}, {l.Written, " w"}, {l.Told, " t"}} {
		if mark.on {
			s += mark.as
		}
	}
	return s
}

func name(o *Op) string {
	if o.Owner == nil {
		return "own"
	}
	return o.Owner.(string)
}

func balance(t require.TestingT, m *Machine) {
	s := m.Stats()
	ended := s.Responded + s.Nacked + s.Sent + s.TimedOut + s.NotSent + s.Lost
	require.Equal(t, s.Accepted, ended+uint64(s.InFlight), "%+v", s)
}

// decodeError is what a codec reports for a body that does not parse.
func decodeError(p *pdu.PDU, s pdu.CommandStatus) error {
	return &pdu.DecodeError{Command: p.ID, Seq: p.Seq, Status: s, Err: errBoom}
}

// malformed is a PDU whose body did not parse.
func (r *rig) malformed(id pdu.CommandID, seq uint32, s pdu.CommandStatus) {
	p := &pdu.PDU{Header: pdu.Header{ID: id, Seq: seq}, Body: &pdu.Raw{ID: id}}
	r.m.Recv(r.now, p, decodeError(p, s))
}

// New returns a machine that is begun.
func New(cfg Config, now time.Time) *Machine { return newWith(cfg, now, &testMemory{}) }

func newWith(cfg Config, now time.Time, mem *testMemory) *Machine {
	m := new(Machine)
	if cfg.Version == 0 {
		cfg.Version = pdu.V50
	}
	m.Init(&cfg, mem, now)
	return m
}

// EventDone tells of one event that returned alone.
func (m *Machine) EventDone(t time.Time, e *Effect) {
	m.EventReturned(e)
	m.EventsReturned(t)
}

// next returns the next effect, the events behind the others.
func (m *Machine) next() *Effect {
	for e := m.Next(); e != nil; e = m.Next() {
		if e.Kind != EffEnd {
			return e
		}
	}
	if len(m.events) == 0 {
		return nil
	}
	e := m.events[0]
	m.events = m.events[1:]
	return &e
}
