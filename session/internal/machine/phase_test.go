package machine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
)

var (
	phaseNames = []string{
		"serving", "draining", "unbinding", "unbound", "finishing", "half-closed", "closing", "closed",
	}
	peerNames = []string{"live", "unbinding", "unbound", "released", "leaving", "gone", "unframed"}
)

// phases words both phases.
func (m *Machine) phases() string { return phaseNames[m.phase] + "/" + peerNames[m.peer] }

// phaseRigs lead to each phase, and with a peer that is live to each of the peer's. Where the phase needs a request
// that is open it is submit_sm#1 of ours, or deliver_sm#1 of the peer's, which is begun.
var phaseRigs = []struct {
	phases string
	lead   func(r *rig)
}{
	{"serving/live", func(*rig) {}},
	{"draining/live", func(r *rig) { r.send("a"); r.flush(); r.m.Drain(r.now) }},
	{"unbinding/live", func(r *rig) { r.m.Drain(r.now); r.flush() }},
	{"unbound/live", func(r *rig) {
		r.in(1)
		r.effects()
		require.NoError(r.t, r.own("u", &pdu.Unbind{}))
		r.flush()
		r.resp(1, &pdu.UnbindResp{})
	}},
	{"finishing/live", func(r *rig) {
		r.send("a")
		r.in(1)
		r.take()
		r.effects()
		r.m.Drain(r.now)
		r.m.DrainExpired(r.now)
	}},
	{"half-closed/live", func(r *rig) {
		r.send("a")
		r.in(1)
		r.flush()
		r.effects()
		r.m.Drain(r.now)
		r.m.DrainExpired(r.now)
	}},
	{"closing/live", func(r *rig) { r.in(1); r.effects(); r.send("a"); r.take(); r.m.Close(r.now) }},
	{"closed/live", func(r *rig) { r.in(1); r.effects(); r.send("a"); r.flush(); r.m.Close(r.now) }},
	{"serving/unbinding", func(r *rig) { r.send("a"); r.in(1); r.flush(); r.peer(9, &pdu.Unbind{}) }},
	{"serving/unbound", func(r *rig) { r.send("a"); r.take(); r.ok(1); r.peer(9, &pdu.Unbind{}) }},
	{"serving/released", func(r *rig) { r.peer(9, &pdu.Unbind{}); r.flush() }},
	{"serving/leaving", func(r *rig) { r.in(1); r.effects(); r.peer(9, &pdu.Unbind{}); r.m.ConnEnded(r.now, nil) }},
	{"serving/gone", func(r *rig) { r.send("a"); r.flush(); r.in(1); r.effects(); r.m.ConnEnded(r.now, nil) }},
	{"finishing/unframed", func(r *rig) { r.in(1); r.effects(); r.m.RecvUnframed(r.now, errBoom); r.take() }},
}

// phaseInputs are what can happen in each of them.
var phaseInputs = []struct {
	name   string
	ofPeer bool
	act    func(r *rig) error
}{
	{"request", false, func(r *rig) error { return r.try("x") }},
	{"deliver_sm", true, func(r *rig) error { r.in(50); return nil }},
	{"alert", true, func(r *rig) error { r.peer(53, &pdu.AlertNotification{}); return nil }},
	{"enquire_link", true, func(r *rig) error { r.peer(51, &pdu.EnquireLink{}); return nil }},
	{"unbind", true, func(r *rig) error { r.peer(52, &pdu.Unbind{}); return nil }},
	{"response", true, func(r *rig) error {
		if o := r.m.handed.head; o != nil && o.PDU.ID == pdu.CommandUnbind {
			r.resp(o.PDU.Seq, &pdu.UnbindResp{})
			return nil
		}
		r.ok(1)
		return nil
	}},
	{"answer", false, func(r *rig) error {
		if r.ins[1] == nil {
			return nil
		}
		_, err := r.m.Reply(r.now, r.ins[1], Answer{Body: &pdu.DeliverSMResp{}})
		return err
	}},
	{"take back", false, func(r *rig) error {
		if r.ins[1] != nil && !r.m.TakeBack(r.now, r.ins[1]) {
			return errors.New("no turn")
		}
		return nil
	}},
	{"written", false, func(r *rig) error { r.flush(); return nil }},
	{"write fails", false, func(r *rig) error {
		r.take()
		r.m.Wrote(r.now, 0, errReset)
		return nil
	}},
	{"grace", false, func(r *rig) error { r.pass(5 * time.Second); return nil }},
	{"drain", false, func(r *rig) error { r.m.Drain(r.now); return nil }},
	{"expired", false, func(r *rig) error { r.m.DrainExpired(r.now); return nil }},
	{"last", false, func(r *rig) error {
		if r.ins[1] == nil {
			return nil
		}
		_, err := r.m.Reply(r.now, r.ins[1], Answer{Status: pdu.StatusAlreadyBound, Last: true})
		return err
	}},
	{"fin", false, func(r *rig) error { r.m.ConnEnded(r.now, nil); return nil }},
	{"reset", false, func(r *rig) error { r.m.ConnEnded(r.now, errReset); return nil }},
	{"no SMPP", true, func(r *rig) error { r.m.RecvUnframed(r.now, errBoom); return nil }},
	{"close", false, func(r *rig) error { r.m.Close(r.now); return nil }},
}

// TestPhases: what each input does in each phase, as far as it does anything: the error of the caller, the phases that
// follow, what is written and what is told.
func TestPhases(t *testing.T) {
	var phases, peers []string
	for _, from := range phaseRigs {
		phase, peer, _ := strings.Cut(from.phases, "/")
		phases, peers = append(phases, phase), append(peers, peer)
		var got []string
		for _, in := range phaseInputs {
			r := boundRig(t, RoleESME)
			from.lead(r)
			r.effects()
			require.Equal(t, from.phases, r.m.phases())
			if in.ofPeer && r.m.peer.eof() {
				continue
			}
			queued := r.m.queued
			var did []string
			if err := in.act(r); err != nil {
				did = append(did, "error: "+err.Error())
			}
			if to := r.m.phases(); to != from.phases {
				did = append(did, "> "+to)
			}
			did = append(did, r.effects()...)
			r.m.Wrote(r.now, 1<<20, nil) // what was being written
			if written := r.take(); len(written) > queued {
				did = append(did, "writes "+strings.Join(written[queued:], ", "))
			}
			if did != nil {
				got = append(got, fmt.Sprintf("%-12s  %s", in.name, strings.Join(did, "; ")))
			}
		}
		require.Equal(t, strings.Trim(phaseTable[from.phases], "\n"), strings.Join(got, "\n"), from.phases)
	}
	require.Subset(t, phases, phaseNames)
	require.Subset(t, peers, peerNames)
}

// phaseTable has a line for each input that does anything.
var phaseTable = map[string]string{
	"serving/live": `
request       writes submit_sm#1
deliver_sm    pdu deliver_sm#50
alert         pdu alert_notification#53
enquire_link  writes enquire_link_resp#51
unbind        > serving/unbound; writes unbind_resp#52
response      unknown submit_sm_resp#1
drain         > unbinding/live; writes unbind#1
fin           > closed/gone; cut; close: peer closed the connection
reset         > closed/live; cut; close: reset
no SMPP       > finishing/unframed; writes generic_nack#0 ESME_RINVCMDLEN
close         > closed/live; cut; close: session closed
`,
	"draining/live": `
request       error: session is shutting down
deliver_sm    writes deliver_sm_resp#50 ESME_RTHROTTLED
alert         unanswered alert_notification#53: refused
enquire_link  writes enquire_link_resp#51
unbind        > draining/unbinding
response      > unbinding/live; resp a responded; writes unbind#2
expired       > half-closed/live; half-close
fin           > closed/gone; cut; close: peer closed the connection; lost submit_sm#1 w
reset         > closed/live; cut; close: reset; lost submit_sm#1 w
no SMPP       > finishing/unframed; writes generic_nack#0 ESME_RINVCMDLEN
close         > closed/live; cut; close: session closed; lost submit_sm#1 w
`,
	"unbinding/live": `
request       error: session is shutting down
deliver_sm    writes deliver_sm_resp#50 ESME_RTHROTTLED
alert         unanswered alert_notification#53: refused
enquire_link  writes enquire_link_resp#51
unbind        > unbinding/unbound; writes unbind_resp#52
response      > half-closed/live; half-close
expired       > half-closed/live; half-close
fin           > closed/gone; cut; close: session was shut down
reset         > closed/live; cut; close: reset
no SMPP       > finishing/unframed; writes generic_nack#0 ESME_RINVCMDLEN
close         > closed/live; cut; close: session closed
`,
	"unbound/live": `
request       error: session is shutting down
deliver_sm    writes deliver_sm_resp#50 ESME_RINVBNDSTS
alert         malformed alert_notification#53
enquire_link  writes enquire_link_resp#51
unbind        writes unbind_resp#52 ESME_RINVBNDSTS
response      unknown submit_sm_resp#1
answer        > finishing/live; writes deliver_sm_resp#1
expired       > half-closed/live; half-close
last          > finishing/live; writes deliver_sm_resp#1 ESME_RALYBND
fin           > unbound/gone
reset         > closed/live; cut; close: reset; lost deliver_sm#1 i b
no SMPP       > finishing/unframed; writes generic_nack#0 ESME_RINVCMDLEN
close         > closed/live; cut; close: session closed; lost deliver_sm#1 i b
`,
	"finishing/live": `
request       error: session is shutting down
unbind        > finishing/unbound; writes unbind_resp#52
response      sent a; resp a responded
answer        writes deliver_sm_resp#1
take back     error: no turn; unanswered deliver_sm#1: refused; writes deliver_sm_resp#1 ESME_RTHROTTLED
written       > half-closed/live; half-close; sent a
write fails   > half-closed/live
grace         > closed/live; cut; close: session was shut down; lost submit_sm#1 w; lost deliver_sm#1 i b
last          writes deliver_sm_resp#1 ESME_RALYBND
fin           > finishing/gone
reset         > closing/live; cut
no SMPP       > finishing/unframed; writes generic_nack#0 ESME_RINVCMDLEN
close         > closing/live; cut
`,
	"half-closed/live": `
request       error: session ended: session was shut down
response      resp a responded
answer        error: session ended: session was shut down
take back     error: no turn
grace         > closed/live; cut; close: session was shut down; lost submit_sm#1 w; lost deliver_sm#1 i b
last          error: session ended: session was shut down
fin           > closed/gone; cut; close: session was shut down; lost submit_sm#1 w; lost deliver_sm#1 i b
reset         > closed/live; cut; close: session was shut down; lost submit_sm#1 w; lost deliver_sm#1 i b
no SMPP       > half-closed/unframed
close         > closed/live; cut; close: session was shut down; lost submit_sm#1 w; lost deliver_sm#1 i b
`,
	"closing/live": `
request       error: session closed
answer        error: session closed
take back     error: no turn
written       > closed/live; sent a; close: session closed; lost submit_sm#1 w; lost deliver_sm#1 i b
write fails   > closed/live; close: session closed; lost submit_sm#1; lost deliver_sm#1 i b
grace         > closed/live; close: session closed; lost submit_sm#1 w; lost deliver_sm#1 i b
last          error: session closed
`,
	"closed/live": `
request       error: session closed
answer        error: session closed
take back     error: no turn
last          error: session closed
`,
	"serving/unbinding": `
request       error: peer is unbinding
deliver_sm    pdu deliver_sm#50
alert         pdu alert_notification#53
enquire_link  writes enquire_link_resp#51
unbind        writes unbind_resp#52
response      resp a responded
answer        writes deliver_sm_resp#1
grace         > serving/unbound; writes unbind_resp#9
drain         > draining/unbinding
last          > finishing/unbound; writes deliver_sm_resp#1 ESME_RALYBND, unbind_resp#9
fin           > serving/leaving
reset         > closed/unbinding; cut; close: reset; lost submit_sm#1 w; lost deliver_sm#1 i b
no SMPP       > finishing/unframed; writes generic_nack#0 ESME_RINVCMDLEN
close         > closed/unbinding; cut; close: session closed; lost submit_sm#1 w; lost deliver_sm#1 i b
`,
	"serving/unbound": `
request       error: peer is unbinding
deliver_sm    writes deliver_sm_resp#50 ESME_RINVBNDSTS
alert         malformed alert_notification#53
enquire_link  writes enquire_link_resp#51
unbind        writes unbind_resp#52 ESME_RINVBNDSTS
response      unknown submit_sm_resp#1
write fails   > half-closed/unbound
drain         > finishing/unbound
fin           > finishing/gone
reset         > closing/unbound; cut
no SMPP       > finishing/unframed; writes generic_nack#0 ESME_RINVCMDLEN
close         > closing/unbound; cut
`,
	"serving/released": `
request       error: peer is unbinding
deliver_sm    writes deliver_sm_resp#50 ESME_RINVBNDSTS
alert         malformed alert_notification#53
enquire_link  writes enquire_link_resp#51
unbind        writes unbind_resp#52 ESME_RINVBNDSTS
response      unknown submit_sm_resp#1
grace         > closed/released; cut; close: peer unbound the session
drain         > half-closed/released; half-close
fin           > closed/gone; cut; close: peer unbound the session
reset         > closed/released; cut; close: peer unbound the session
no SMPP       > finishing/unframed; writes generic_nack#0 ESME_RINVCMDLEN
close         > closed/released; cut; close: peer unbound the session
`,
	"serving/leaving": `
request       error: peer closed the connection
answer        > finishing/gone; writes deliver_sm_resp#1, unbind_resp#9
grace         > closed/gone; cut; close: peer unbound the session; lost deliver_sm#1 i b
drain         > draining/leaving
last          > finishing/gone; writes deliver_sm_resp#1 ESME_RALYBND, unbind_resp#9
close         > closed/leaving; cut; close: session closed; lost deliver_sm#1 i b
`,
	"serving/gone": `
request       error: peer closed the connection
answer        > finishing/gone; writes deliver_sm_resp#1
grace         > closed/gone; cut; close: peer closed the connection; lost submit_sm#1 w; lost deliver_sm#1 i b
drain         > draining/gone
last          > finishing/gone; writes deliver_sm_resp#1 ESME_RALYBND
close         > closed/gone; cut; close: session closed; lost submit_sm#1 w; lost deliver_sm#1 i b
`,
	"finishing/unframed": `
request       error: session is shutting down
answer        writes deliver_sm_resp#1
take back     error: no turn; unanswered deliver_sm#1: refused; writes deliver_sm_resp#1 ESME_RTHROTTLED
written       > half-closed/unframed; half-close
write fails   > half-closed/unframed
last          writes deliver_sm_resp#1 ESME_RALYBND
fin           > finishing/gone
reset         > closing/unframed; cut
close         > closing/unframed; cut
`,
}
