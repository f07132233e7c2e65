package esme_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/esme"
	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
	"github.com/smpp-go/smpp/pdu/text"
	"github.com/smpp-go/smpp/pdu/udh"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// delivering runs a test in a bubble, with the message centre's end of a session whose client has the handler.
func delivering(t *testing.T, h session.Handler, f func(t *testing.T, mc *session.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		mc := session.Start(b, session.RoleMC, session.Config{Handler: new(taker)})
		c, err := esme.Bind(t.Context(), a, esme.Config{Session: session.Config{Handler: h}})
		require.NoError(t, err)
		defer func() {
			require.NoError(t, mc.Close())
			<-mc.Done()
			<-c.Done()
		}()
		f(t, mc)
	})
}

// parts returns a text as a handset sends it, in deliver_sm.
func parts(t *testing.T, ref uint16, body string) []*pdu.DeliverSM {
	t.Helper()
	list, err := multipart.Split(body, multipart.Options{Ref: ref})
	require.NoError(t, err)
	ds := make([]*pdu.DeliverSM, len(list))
	for i, p := range list {
		ds[i] = &pdu.DeliverSM{Source: pdu.Address{TON: 1, NPI: 1, Addr: "46700000001"}, Dest: pdu.Address{Addr: "12345"}}
		require.NoError(t, p.Put(ds[i]))
	}
	return ds
}

// status is what the client answers to a request.
func status(t *testing.T, mc *session.Session, body pdu.Body) pdu.CommandStatus {
	t.Helper()
	resp, err := mc.Do(t.Context(), body)
	require.NotNil(t, resp, "%v", err)
	return resp.Status
}

// messages is a Message function that keeps what it gets.
type messages struct {
	mu   sync.Mutex
	list []*esme.Message
	err  error
}

func (l *messages) take(_ context.Context, m *esme.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, m)
	return l.err
}

// answers sets what the function returns from now on.
func (l *messages) answers(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// got waits until nothing happens any more, and returns what came, which is of the given number.
func (l *messages) got(t *testing.T, n int) []*esme.Message {
	t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Len(t, l.list, n)
	return l.list
}

func TestInboxMessages(t *testing.T) {
	var l messages
	in := &esme.Inbox{Profile: &profile.Profile{Alphabet: text.Latin1}, Message: l.take}
	delivering(t, in, func(t *testing.T, mc *session.Session) {
		require.Equal(t, pdu.StatusOK, status(t, mc, &pdu.DeliverSM{ShortMessage: []byte("h\xe4j")}))
		m := l.got(t, 1)[0]
		require.Equal(t, "häj", m.Body)
		require.NotNil(t, m.Request)

		ds := parts(t, 7, strings.Repeat("шум ", 50))
		for i, n := range []int{2, 0, 0, 1} { // in another order, and one twice
			require.Equal(t, pdu.StatusOK, status(t, mc, ds[n]))
			l.got(t, 1+i/3)
		}
		m = l.got(t, 2)[1]
		require.Equal(t, strings.Repeat("шум ", 50), m.Body)
		require.Equal(t, multipart.Complete, m.Reason)
		require.Equal(t, ds[1].Source, m.Source)

		require.Equal(t, pdu.StatusOK, status(t, mc, &pdu.DataSM{TLVs: pdu.TLVs{
			{Tag: pdu.TagMessagePayload, Value: []byte("in the payload")},
		}}))
		require.Equal(t, "in the payload", l.got(t, 3)[2].Body)

		bad := &pdu.DeliverSM{ESMClass: pdu.ESMClassUDHI, ShortMessage: []byte("\x40no header")}
		require.Equal(t, pdu.StatusOK, status(t, mc, bad))
		var header *udh.Error
		m = l.got(t, 4)[3]
		require.ErrorAs(t, m.Err, &header)
		require.Equal(t, "@no header", m.Body)

		require.Equal(t, pdu.StatusTemporaryAppError, status(t, mc, &pdu.DeliverSM{ESMClass: 4}), "nobody takes receipts")
	})
}

// Two texts in one message are an error for a strict Inbox; else the payload counts.
func TestInboxStrict(t *testing.T) {
	both := &pdu.DeliverSM{ShortMessage: []byte("short"), TLVs: pdu.TLVs{{Tag: pdu.TagMessagePayload, Value: []byte("payload")}}}
	for _, strict := range []bool{false, true} {
		var l messages
		delivering(t, &esme.Inbox{Profile: &profile.Profile{Strict: strict}, Message: l.take}, func(t *testing.T, mc *session.Session) {
			if strict {
				require.Equal(t, pdu.StatusTLVNotAllowed, status(t, mc, both))
				l.got(t, 0)
				require.Equal(t, pdu.StatusOK, status(t, mc, &pdu.DeliverSM{ShortMessage: []byte("short")}))
				return
			}
			require.Equal(t, pdu.StatusOK, status(t, mc, both))
			require.Equal(t, "payload", l.got(t, 1)[0].Body)
		})
	}
}

// A refused message comes again when its last part does.
func TestInboxRefuses(t *testing.T) {
	var l messages
	delivering(t, &esme.Inbox{Message: l.take}, func(t *testing.T, mc *session.Session) {
		l.answers(errors.New("no room"))
		require.Equal(t, pdu.StatusTemporaryAppError, status(t, mc, &pdu.DeliverSM{ShortMessage: []byte("x")}))
		l.answers(&pdu.StatusError{Status: pdu.StatusMsgQueueFull})
		ds := parts(t, 7, long)
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[1]))
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[2]))
		for range 2 {
			require.Equal(t, pdu.StatusMsgQueueFull, status(t, mc, ds[0]))
		}
		l.answers(nil)
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[0]))
		got := l.got(t, 4)
		require.Equal(t, multipart.Complete, got[1].Reason)
		require.Equal(t, multipart.Complete, got[3].Reason)
		require.Equal(t, long, got[3].Body)
		for _, d := range ds { // once more
			l.got(t, 4)
			require.Equal(t, pdu.StatusOK, status(t, mc, d))
		}
		require.Equal(t, multipart.Repeated, l.got(t, 5)[4].Reason)
	})
}

// Parts of a message that was refused were acknowledged: when the last one does not come again, they are handed over.
func TestInboxRefusesForGood(t *testing.T) {
	for name, in := range map[string]*esme.Inbox{
		"its time is over": {Reassembler: multipart.NewReassembler(multipart.Config{Timeout: time.Minute})},
		"the session ends": {},
	} {
		t.Run(name, func(t *testing.T) {
			l := messages{err: errors.New("no room")}
			in.Message = l.take
			delivering(t, in, func(t *testing.T, mc *session.Session) {
				ds := parts(t, 7, long)
				require.Equal(t, pdu.StatusOK, status(t, mc, ds[2]))
				require.Equal(t, pdu.StatusOK, status(t, mc, ds[0]))
				require.Equal(t, pdu.StatusTemporaryAppError, status(t, mc, ds[1]))
				l.got(t, 1)
				if in.Reassembler != nil {
					time.Sleep(2 * time.Minute) // in a bubble of synctest
				}
			})
			require.Len(t, l.list, 2)
			require.Equal(t, multipart.Expired, l.list[1].Reason)
			require.Equal(t, []int{2}, l.list[1].Missing())
		})
	}
}

// A function that panics ends the session. The message centre sends the last part again, on another one, and the parts
// that were acknowledged before are there still.
func TestInboxPanics(t *testing.T) {
	shared := multipart.NewReassembler(multipart.Config{})
	panics := func(context.Context, *esme.Message) error { panic("a bug") }
	var ds []*pdu.DeliverSM
	delivering(t, &esme.Inbox{Message: panics, Reassembler: shared}, func(t *testing.T, mc *session.Session) {
		ds = parts(t, 7, long)
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[0]))
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[1]))
		_, err := mc.Do(t.Context(), ds[2])
		require.Error(t, err)
	})
	var l messages
	delivering(t, &esme.Inbox{Message: l.take, Reassembler: shared}, func(t *testing.T, mc *session.Session) {
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[2]))
		m := l.got(t, 1)[0]
		require.Equal(t, multipart.Complete, m.Reason)
		require.Equal(t, long, m.Body)
	})
}

// What a function takes to answer later is answered then.
func TestInboxAnswersLater(t *testing.T) {
	l := messages{err: session.ErrLater}
	var receipts []*esme.Receipt
	in := &esme.Inbox{Message: l.take, Receipt: func(_ context.Context, r *esme.Receipt) error {
		receipts = append(receipts, r)
		return session.ErrLater
	}}
	delivering(t, in, func(t *testing.T, mc *session.Session) {
		ds := parts(t, 7, long)
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[0]))
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[1]))
		for n, err := range []error{errors.New("later it failed"), nil} {
			statuses := make(chan pdu.CommandStatus, 1)
			go func() { statuses <- status(t, mc, ds[2]) }()
			m := l.got(t, n+1)[n]
			require.Empty(t, statuses)
			require.NoError(t, m.Answer(t.Context(), err))
			require.Equal(t, err == nil, <-statuses == pdu.StatusOK)
		}
		require.ErrorIs(t, l.got(t, 2)[1].Answer(t.Context(), nil), session.ErrAnswered)

		go func() {
			_, _ = mc.Do(t.Context(), &pdu.DeliverSM{ESMClass: 4, ShortMessage: []byte("id:7 stat:DELIVRD")})
		}()
		synctest.Wait()
		require.Len(t, receipts, 1)
		require.NoError(t, receipts[0].Answer(nil))
		synctest.Wait()
	})
}

func TestInboxReceipts(t *testing.T) {
	var got []*esme.Receipt
	var failure error
	p, err := profile.Preset("vendor-states")
	require.NoError(t, err)
	p.Receipts.Unmarked = true
	in := &esme.Inbox{Profile: p, Receipt: func(_ context.Context, r *esme.Receipt) error {
		got = append(got, r)
		return failure
	}}
	delivering(t, in, func(t *testing.T, mc *session.Session) {
		d := &pdu.DeliverSM{ShortMessage: []byte("id:42 sub:001 dlvrd:001 stat:DELIVRD err:000 text:hej")}
		require.Equal(t, pdu.StatusOK, status(t, mc, d))
		require.Equal(t, "42", got[0].ID)
		require.Equal(t, pdu.MessageStateDelivered, got[0].State)
		require.True(t, got[0].Final())
		failure = &pdu.StatusError{Status: pdu.StatusSystemError}
		require.Equal(t, pdu.StatusSystemError, status(t, mc, d))
		require.Equal(t, pdu.StatusTemporaryAppError, status(t, mc, &pdu.DeliverSM{}), "nobody takes messages")
	})
}

// A message that stays incomplete is handed over when its time is over, also when nothing more comes.
func TestInboxExpires(t *testing.T) {
	var l messages
	in := &esme.Inbox{
		Message:     l.take,
		Reassembler: multipart.NewReassembler(multipart.Config{Timeout: time.Minute}),
	}
	delivering(t, in, func(t *testing.T, mc *session.Session) {
		ds := parts(t, 7, long)
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[0]))
		time.Sleep(55 * time.Second) // in a bubble of synctest
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[2]))
		time.Sleep(59 * time.Second) // in a bubble of synctest
		l.got(t, 0)
		time.Sleep(11 * time.Second) // in a bubble of synctest
		m := l.got(t, 1)[0]
		require.Equal(t, multipart.Expired, m.Reason)
		require.Equal(t, []int{2}, m.Missing())
		require.Nil(t, m.Request)
		require.NoError(t, m.Answer(t.Context(), nil), "there is nothing to answer")

		// The next one, and one that displaces another.
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[0]))
		require.Equal(t, pdu.StatusOK, status(t, mc, parts(t, 7, strings.ToUpper(long))[0]))
		require.Equal(t, multipart.Conflict, l.got(t, 2)[1].Reason)
		time.Sleep(70 * time.Second) // in a bubble of synctest
		l.got(t, 3)
		require.Equal(t, pdu.StatusOK, status(t, mc, ds[1]))
	})
	require.Len(t, l.list, 3, "a shared Reassembler keeps what it has")
}

// With the session ends what waits in a Reassembler of the Inbox's own.
func TestInboxCloses(t *testing.T) {
	var l messages
	delivering(t, &esme.Inbox{Message: l.take, ExpireEvery: -1}, func(t *testing.T, mc *session.Session) {
		require.Equal(t, pdu.StatusOK, status(t, mc, parts(t, 7, long)[1]))
		time.Sleep(time.Hour) // in a bubble of synctest
		l.got(t, 0)
	})
	require.Len(t, l.list, 1)
	require.Equal(t, multipart.Expired, l.list[0].Reason)
}

// brokenStore fails.
type brokenStore struct{ multipart.Store }

func (brokenStore) Update(context.Context, multipart.Key, func(*multipart.Record) *multipart.Record) ([]*multipart.Record, error) {
	return nil, errors.New("the database is away")
}

// A part that could not be stored is refused, so that it comes again.
func TestInboxStoreFails(t *testing.T) {
	var l messages
	in := &esme.Inbox{Message: l.take, Reassembler: multipart.NewReassembler(multipart.Config{Store: brokenStore{}})}
	delivering(t, in, func(t *testing.T, mc *session.Session) {
		require.Equal(t, pdu.StatusTemporaryAppError, status(t, mc, parts(t, 7, long)[1]))
		l.got(t, 0)
	})
}

// fallback is a handler behind an Inbox.
type fallback struct {
	alerts, casts, closed int
}

func (f *fallback) HandlePDU(context.Context, *session.Request)       { f.alerts++ }
func (f *fallback) HandleCast(context.Context, *session.Session, any) { f.casts++ }
func (f *fallback) HandleClose(context.Context, *session.Session, []session.LostPDU, error) {
	f.closed++
}

func TestInboxFallback(t *testing.T) {
	var f fallback
	in := &esme.Inbox{Fallback: &f}
	synctest.Test(t, func(t *testing.T) {
		a, b := transport.Pipe()
		mc := session.Start(b, session.RoleMC, session.Config{Handler: new(taker)})
		c, err := esme.Bind(t.Context(), a, esme.Config{Session: session.Config{Handler: in}})
		require.NoError(t, err)
		_, err = mc.Do(t.Context(), new(pdu.AlertNotification))
		require.NoError(t, err)
		require.NoError(t, c.Cast("hello"))
		synctest.Wait()
		require.Equal(t, fallback{1, 1, 0}, f)
		require.NoError(t, c.Close())
		<-c.Done()
		<-mc.Done()
		require.Equal(t, fallback{1, 1, 1}, f)
	})
	delivering(t, new(esme.Inbox), func(t *testing.T, mc *session.Session) {
		require.Equal(t, pdu.StatusTemporaryAppError, status(t, mc, new(pdu.DeliverSM)))
		_, err := mc.Do(t.Context(), new(pdu.AlertNotification))
		require.NoError(t, err, "it has no response")
	})
}
