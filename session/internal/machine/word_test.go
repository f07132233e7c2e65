package machine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

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

// want drains the effects and compares them; of the report the lost list follows the close, an entry each. What the
// shell carries out at once and what the hooks are told are in order each, and there is none between the two.
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
	for _, verb := range []string{
		"admit ", "done ", "refuse ", "outcome ", "refused ", "gave up ", "policy", "half-close", "cut",
	} {
		if strings.HasPrefix(word, verb) {
			return 1
		}
	}
	return 0
}

func (r *rig) effects() []string {
	r.t.Helper()
	var all []string
	for e := r.nextEffect(); e != nil; e = r.nextEffect() {
		all = append(all, r.effect(e)...)
	}
	balance(r.t, r.m)
	return all
}

func (r *rig) nextEffect() *Effect {
	if r.held {
		return r.m.nextAtOnce()
	}
	return r.m.next()
}

// returned lets the hooks return that slow held up.
func (r *rig) returned() {
	r.slow = false
	for i := range r.pending {
		r.m.EventDone(r.now, &r.pending[i])
	}
	r.pending = nil
}

// handlePDU is the call of the hook of in.
func (r *rig) handlePDU(in *In) {
	r.t.Helper()
	r.ins[in.PDU.Seq] = in
	require.True(r.t, r.shell.call(in), "a request that was withdrawn is not in the queue any more")
	if !r.late {
		r.m.Begin(r.now, in)
	}
	if r.full {
		require.True(r.t, r.m.TakeBack(r.now, in))
		delete(r.shell.called, in)
	}
}

func (r *rig) effect(e *Effect) []string {
	if e.Kind == EventPDU {
		r.handlePDU(e.In)
	}
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
	case EffRefused:
		return []string{"refused " + word(e.PDU)}
	case EffGaveUp:
		return []string{"gave up " + word(e.In.PDU)}
	case EffPolicy:
		if r.policy != nil {
			r.m.PolicyAnswered(r.now, r.policy(e.More.(WindowSample)))
		}
		return []string{"policy"}
	case EffCloseWrite:
		return []string{"half-close"}
	case EffCloseConn:
		return []string{"cut"}
	case EventPDU:
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
		fates := map[Fate]string{FateRefused: "refused", FateGivenUp: "given up"}
		return []string{fmt.Sprintf("unanswered %s: %s", word(e.In.PDU), fates[e.Fate])}
	case EventClose:
		all := []string{"close: " + e.Err.Error()}
		for _, l := range r.m.Lost() {
			all = append(all, "lost "+lostWord(l))
		}
		return all
	}
	return []string{fmt.Sprintf("effect %d", e.Kind)}
}

// lostWord words an entry of the lost report: the PDU and its marks, i(ncoming) b(egun) w(ritten) t(old).
func lostWord(l LostEntry) string {
	s := word(l.PDU)
	for _, mark := range []struct {
		on bool
		as string
	}{{l.Incoming, " i"}, {l.Begun, " b"}, {l.Written, " w"}, {l.Told, " t"}} {
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

// next returns the next effect, the events behind the others.
func (m *Machine) next() *Effect {
	if e := m.nextAtOnce(); e != nil {
		return e
	}
	for m.Events() > 0 {
		if e := m.NextEvent(); e.Kind != 0 {
			return &e
		}
	}
	return nil
}

// nextAtOnce returns the next effect that is no event.
func (m *Machine) nextAtOnce() *Effect {
	for e := m.Next(); e != nil; e = m.Next() {
		if e.Kind != EffEnd {
			return e
		}
	}
	return nil
}
