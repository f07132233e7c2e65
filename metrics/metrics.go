// Package metrics counts what happens on SMPP sessions, for Prometheus. It is the one package of the library that imports
// Prometheus.
//
//	m := metrics.New()
//	prometheus.MustRegister(m)
//	srv := &mc.Server{Session: session.Config{Trace: m.Trace()}, ...}
//
// One Metrics may serve any number of sessions, of either role. Its labels are bounded whatever peers send: commands and
// statuses outside the protocol are counted as "other".
//
//	smpp_sessions{role,state}                      sessions by state
//	smpp_sessions_ended_total{role,reason}         sessions that ended, by reason
//	smpp_pdus_total{role,direction,command,status} whole PDUs; direction is in or out
//	smpp_bytes_total{role,direction}               their octets
//	smpp_requests_total{role,command,outcome}      requests of this end that ended, by outcome
//	smpp_unserved_total{role,command,fate}         requests of the peer that were not served: fate is refused (before
//	                                               a hook), given up (in a hook) or answered late
//
// A request that is given up and answered later counts as both.
package metrics

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// Metrics is a prometheus.Collector that is fed by the Trace it makes.
type Metrics struct {
	sessions *prometheus.GaugeVec
	ended    *prometheus.CounterVec
	pdus     *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	requests *prometheus.CounterVec
	unserved *prometheus.CounterVec
}

// New returns counters that stand at zero and are not registered anywhere.
func New() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "smpp", Name: name, Help: help}, labels)
	}
	return &Metrics{
		sessions: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "smpp", Name: "sessions", Help: "Sessions by state.",
		}, []string{"role", "state"}),
		ended:    counter("sessions_ended_total", "Sessions that ended, by reason.", "role", "reason"),
		pdus:     counter("pdus_total", "Whole PDUs.", "role", "direction", "command", "status"),
		bytes:    counter("bytes_total", "Octets of whole PDUs.", "role", "direction"),
		requests: counter("requests_total", "Requests of this end that ended, by outcome.", "role", "command", "outcome"),
		unserved: counter("unserved_total", "Requests of the peer that were not served as they should be, by what became of them.",
			"role", "command", "fate"),
	}
}

func (m *Metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.sessions, m.ended, m.pdus, m.bytes, m.requests, m.unserved}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range m.collectors() {
		c.Describe(ch)
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range m.collectors() {
		c.Collect(ch)
	}
}

// Trace returns a trace that feeds m. It may be shared by sessions.
func (m *Metrics) Trace() *session.Trace {
	return &session.Trace{
		Start: func(s *session.Session) {
			m.sessions.WithLabelValues(s.Role().String(), session.StateOpen.String()).Inc()
		},
		State: func(s *session.Session, from, to session.State) {
			m.sessions.WithLabelValues(s.Role().String(), from.String()).Dec()
			if to != session.StateClosed {
				m.sessions.WithLabelValues(s.Role().String(), to.String()).Inc()
			}
		},
		Received: func(s *session.Session, h pdu.Header, n int) { m.count(s, "in", h, n) },
		Sent:     func(s *session.Session, h pdu.Header, n int) { m.count(s, "out", h, n) },
		Outcome: func(s *session.Session, req *pdu.PDU, o session.Outcome) {
			m.requests.WithLabelValues(s.Role().String(), command(req.ID), o.String()).Inc()
		},
		Unserved: func(s *session.Session, req *pdu.PDU, f session.Fate) {
			m.unserved.WithLabelValues(s.Role().String(), command(req.ID), f.String()).Inc()
		},
		End: func(s *session.Session, _ []session.LostPDU, reason error) {
			m.ended.WithLabelValues(s.Role().String(), reasonLabel(reason)).Inc()
		},
	}
}

func (m *Metrics) count(s *session.Session, direction string, h pdu.Header, n int) {
	role := s.Role().String()
	m.pdus.WithLabelValues(role, direction, command(h.ID), status(h.Status)).Inc()
	m.bytes.WithLabelValues(role, direction).Add(float64(n))
}

const other = "other"

func command(id pdu.CommandID) string {
	if !id.Known() {
		return other
	}
	return id.String()
}

// status names a command_status; the names of unknown ones hold their numbers, which a peer could choose without end.
func status(s pdu.CommandStatus) string {
	name := s.String()
	if known, ok := pdu.ParseCommandStatus(name); !ok || known != s || s.Vendor() {
		return other
	}
	return name
}

// reasonLabel maps why a session ended to a word.
func reasonLabel(err error) string {
	for _, r := range []struct {
		err  error
		word string
	}{
		{session.ErrShutdown, "shutdown"},
		{session.ErrPeerUnbound, "peer_unbound"},
		{session.ErrPeerClosed, "peer_closed"},
		{session.ErrClosed, "closed"},
		{session.ErrSessionInit, "session_init"},
		{session.ErrEnquireLink, "enquire_link"},
		{session.ErrInactive, "inactive"},
		{session.ErrBindRefused, "bind_refused"},
		{session.ErrHandlerStuck, "handler_stuck"},
		{session.ErrUnboundFlood, "unbound_flood"},
		{session.ErrWriteTimeout, "write_timeout"},
	} {
		if errors.Is(err, r.err) {
			return r.word
		}
	}
	var frame *pdu.FrameError
	var panicked *session.PanicError
	switch {
	case errors.As(err, &frame):
		return "framing"
	case errors.As(err, &panicked):
		return "panic"
	}
	return "connection"
}
