package session_test

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// bindExample returns a client that is bound to a server session in the same process, whose requests h gets.
func bindExample(cfg session.Config, h session.Handler) *session.Session {
	client, server := transport.Pipe()
	cfg.Handler = session.HandlerFunc(func(_ context.Context, r *session.Request) {
		_ = r.Accept(nil, h)
	})
	session.Start(server, session.RoleMC, cfg)
	s := session.Start(client, session.RoleESME, session.Config{Window: 100})
	if _, err := s.Do(context.Background(), &pdu.BindTransceiver{SystemID: "me", InterfaceVersion: pdu.V50}); err != nil {
		log.Fatal(err)
	}
	return s
}

// The functions of a Mux serve up to eight requests of a session side by side, those to one destination in their order.
// What they share needs a lock.
func ExampleConfig_concurrency() {
	var mu sync.Mutex
	stored := make(map[string]string)
	mux := new(session.Mux)
	session.On(mux, func(_ context.Context, _ *session.Request, sm *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
		mu.Lock()
		defer mu.Unlock()
		stored[sm.Dest.Addr] += string(sm.ShortMessage)
		return &pdu.SubmitSMResp{MessageID: "42"}, nil
	})
	s := bindExample(session.Config{Concurrency: 8, OrderBy: session.ByDestination}, mux)
	ctx := context.Background()
	for _, text := range []string{"a", "b", "c"} {
		for _, to := range []string{"46700000001", "46700000002"} {
			if _, err := s.Send(ctx, &pdu.SubmitSM{Dest: pdu.Address{Addr: to}, ShortMessage: []byte(text)}); err != nil {
				log.Fatal(err)
			}
		}
	}
	if err := s.Shutdown(ctx); err != nil { // until all are answered
		log.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	fmt.Println(stored["46700000001"], stored["46700000002"])
	// Output: abc abc
}

// store takes messages, and is told which of them were not served as they should be.
type store struct {
	session.Mux
	told chan struct{}
}

// submit heeds the end of the request's context: the database did not answer in time.
func (*store) submit(ctx context.Context, _ *session.Request, _ *pdu.SubmitSM) (*pdu.SubmitSMResp, error) {
	<-ctx.Done()
	fmt.Println(context.Cause(ctx))
	// Whether the message is stored is not known, so the peer must not be told that it failed: r stays unanswered.
	return nil, session.ErrLater
}

// HandleUnanswered is called when submit has returned, since hooks run one at a time.
func (st *store) HandleUnanswered(_ context.Context, r *session.Request) {
	switch r.Fate() {
	case session.FateRefused:
		fmt.Println(r.PDU.ID, "refused: the peer knows that nothing happened")
	case session.FateGivenUp:
		fmt.Println(r.PDU.ID, "given up: the peer was told nothing")
	case session.FateLate:
		fmt.Println(r.PDU.ID, "answered late: the peer may have sent it again")
	}
	close(st.told)
}

// A request that is not answered within AnswerTimeout is given up.
func ExampleUnansweredHandler() {
	st := &store{told: make(chan struct{})}
	session.On(&st.Mux, st.submit)
	s := bindExample(session.Config{AnswerTimeout: 10 * time.Millisecond}, st)
	if _, err := s.Send(context.Background(), &pdu.SubmitSM{ShortMessage: []byte("hello")}); err != nil {
		log.Fatal(err)
	}
	<-st.told
	_ = s.Close()
	// Output:
	// the handler did not answer within the answer time
	// submit_sm given up: the peer was told nothing
}
