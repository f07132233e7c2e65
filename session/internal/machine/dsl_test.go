package machine

import (
	"errors"
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
// Hooks are called by want and return at once, unless one of the fields says otherwise; the Stats balance is checked
// after each want.
type rig struct {
	t       testing.TB
	m       *Machine
	shell   *testShell
	now     time.Time
	held    bool     // a hook runs, and no other is called: nothing more is begun
	slow    bool     // hooks do not return: their events gather in pending
	full    bool     // HandlePDU has requests wait for their turn
	late    bool     // the machine hears that a hook was called only when it returns
	pending []Effect // see slow
	policy  func(WindowSample) int
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
		InboundOctets: 4 << 20, ReportOctets: 1 << 20, EventOctets: 4 << 20, LateOctets: 4 << 20,
		RespBytesUnbound: 16 << 10,
		RespBytes:        1 << 20, Reports: 1024, MaxPDU: 128 << 10, MaxPDUUnbound: 4 << 10, LateMax: 16384,
		SessionInit: 10 * time.Second, Response: time.Minute, Answer: time.Minute, UnbindGrace: 5 * time.Second,
		Write: 10 * time.Second, Pause: time.Second, Queue: 10 * time.Second, Late: 2 * time.Minute,
		Linger: time.Second, UnboundLinger: 2 * time.Second, Hooks: allHooks,
	}
}

// newRig returns a rig in StateOpen.
func newRig(t testing.TB, role Role, set ...func(*Config)) *rig {
	cfg := testConfig(role)
	for _, f := range set {
		f(&cfg)
	}
	shell := &testShell{}
	return &rig{
		t: t, m: newWith(cfg, epoch, shell), shell: shell, now: epoch,
		ops: map[string]*Op{}, ins: map[uint32]*In{},
	}
}

// alone configures a machine whose peer may have n requests open and is refused beyond, with no pause.
func alone(n int) func(*Config) {
	return func(c *Config) { c.Inbound, c.Pause = n, 0 }
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

// turn has the turn come of the peer's request of a number, which was taken back.
func (r *rig) turn(seq uint32) {
	r.t.Helper()
	require.True(r.t, r.shell.call(r.ins[seq]), "it was withdrawn")
	r.m.Begin(r.now, r.ins[seq])
}

// give answers a request of the peer's, in time.
func (r *rig) give(in *In, a Answer) error {
	r.t.Helper()
	late, err := r.m.Reply(r.now, in, a)
	if err == nil {
		require.False(r.t, late)
	}
	return err
}

// reply answers the peer's request of a number with ESME_ROK; reject with a status.
func (r *rig) reply(seq uint32) error {
	r.t.Helper()
	in := r.ins[seq]
	return r.give(in, Answer{Body: pdu.NewBody(in.PDU.ID.Response())})
}

func (r *rig) reject(seq uint32, s pdu.CommandStatus) error {
	r.t.Helper()
	return r.give(r.ins[seq], Answer{Status: s})
}

// replyLate is a reply for which nobody waits any more.
func (r *rig) replyLate(seq uint32) error {
	r.t.Helper()
	in := r.ins[seq]
	late, err := r.m.Reply(r.now, in, Answer{Body: pdu.NewBody(in.PDU.ID.Response())})
	require.True(r.t, late)
	return err
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

// decodeError is what a codec reports for a body that does not parse.
func decodeError(p *pdu.PDU, s pdu.CommandStatus) error {
	return &pdu.DecodeError{Command: p.ID, Seq: p.Seq, Status: s, Err: errBoom}
}

// malformed is a PDU whose body did not parse.
func (r *rig) malformed(id pdu.CommandID, seq uint32, s pdu.CommandStatus) {
	p := &pdu.PDU{Header: pdu.Header{ID: id, Seq: seq}, Body: &pdu.Raw{ID: id}}
	r.m.Recv(r.now, p, decodeError(p, s))
}

// newWith returns a machine that is begun.
func newWith(cfg Config, now time.Time, shell *testShell) *Machine {
	m := new(Machine)
	if cfg.Version == 0 {
		cfg.Version = pdu.V50
	}
	m.Init(&cfg, shell, now)
	return m
}

// EventDone tells of one event that returned alone.
func (m *Machine) EventDone(t time.Time, e *Effect) {
	m.EventReturned(e)
	m.EventsReturned(t)
}
