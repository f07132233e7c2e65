package session_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
	"github.com/smpp-go/smpp/transport"
)

// oddValue is a value of a field, by its name.
type oddValue struct {
	name string
	set  func(v reflect.Value)
}

// oddValues returns zero, negative, one and huge for a field of a Config that holds a number, and nil for others.
func oddValues(kind reflect.Type) (all []oddValue) {
	add := func(name string, set func(v reflect.Value)) { all = append(all, oddValue{name, set}) }
	switch kind.Kind() {
	case reflect.Int, reflect.Int64:
		huge := int64(math.MaxInt)
		if kind.Kind() == reflect.Int64 {
			huge = math.MaxInt64
		}
		for name, n := range map[string]int64{"zero": 0, "negative": -1, "one": 1, "huge": huge, "hugely negative": math.MinInt} {
			add(name, func(v reflect.Value) { v.SetInt(n) })
		}
		if kind == reflect.TypeFor[time.Duration]() {
			add("200 years", func(v reflect.Value) { v.SetInt(int64(200 * 365 * 24 * time.Hour)) })
		}
	case reflect.Uint8, reflect.Uint32:
		for name, n := range map[string]uint64{"zero": 0, "one": 1, "huge": 1<<kind.Bits() - 1} {
			add(name, func(v reflect.Value) { v.SetUint(n) })
		}
	case reflect.Bool:
		add("true", func(v reflect.Value) { v.SetBool(true) })
	}
	return all
}

// eachOdd calls f with a Config for every odd value of every field, and of those of its structs.
func eachOdd(t *testing.T, f func(t *testing.T, field, value string, cfg session.Config)) {
	var walk func(kind reflect.Type, path []int, name string)
	walk = func(kind reflect.Type, path []int, name string) {
		for i := range kind.NumField() {
			field := kind.Field(i)
			path, name := append(append([]int(nil), path...), i), name+field.Name
			if field.Type.Kind() == reflect.Struct {
				walk(field.Type, path, name+".")
			}
			for _, odd := range oddValues(field.Type) {
				t.Run(name+"/"+odd.name, func(t *testing.T) {
					var cfg session.Config
					odd.set(reflect.ValueOf(&cfg).Elem().FieldByIndex(path))
					f(t, name, odd.name, cfg)
				})
			}
		}
	}
	walk(reflect.TypeFor[session.Config](), nil, "")
	for _, odd := range oddValues(reflect.TypeFor[int]()) { // the one pointer
		for name, i := range map[string]int{"Adaptive.Min": 0, "Adaptive.Max": 1} {
			t.Run(name+"/"+odd.name, func(t *testing.T) {
				a := new(session.AdaptiveWindow)
				odd.set(reflect.ValueOf(a).Elem().Field(i))
				f(t, name, odd.name, session.Config{Adaptive: a})
			})
		}
	}
}

// mayFail are the values that mean that hardly anything can be done: a limit of one octet, or a nanosecond. What they lead to
// is still an end with a reason of their own.
var mayFail = map[string]error{
	"MaxPDU/one": nil, "MaxPDUBeforeBind/one": nil, "Limits.MaxSystemID/one": nil, "Limits.MaxPassword/one": nil,
	"Version/one": nil, "FirstSequence/huge": nil,
	"SessionInitTimeout/one":  session.ErrSessionInit,
	"EnquireLinkTimeout/one":  session.ErrEnquireLink,
	"EnquireLinkInterval/one": nil,
	"InactivityTimeout/one":   session.ErrInactive,
	"ResponseTimeout/one":     session.ErrResponseTimeout,
	"AnswerTimeout/one":       nil,
	"QueueTimeout/one":        nil,
	"WriteTimeout/one":        session.ErrWriteTimeout,
}

// TestOddValues: REVIEW.md finding 10. With every field of a Config, at either end, at zero, negative, one and the most that there
// is, a session binds, passes a message each way and ends in order, and nothing times out at once. Timers overflowed.
func TestOddValues(t *testing.T) {
	eachOdd(t, func(t *testing.T, field, value string, cfg session.Config) {
		for _, role := range []session.Role{session.RoleESME, session.RoleMC} {
			synctest.Test(t, func(t *testing.T) {
				err := oddSession(t, role, cfg)
				if _, may := mayFail[field+"/"+value]; !may {
					require.NoError(t, err)
				}
			})
		}
	})
}

// oddSession is a session with an odd Config at the end of role. A failure of the session itself is returned.
func oddSession(t *testing.T, role session.Role, odd session.Config) error {
	answer := handle(func(r *session.Request) {
		if b, ok := r.PDU.Body.(*pdu.SubmitSM); ok {
			_ = r.Reply(&pdu.SubmitSMResp{MessageID: string(b.ShortMessage)})
			return
		}
		_ = replyOK(r)
	})
	esme, mc := session.Config{Handler: answer}, session.Config{Handler: accepting(answer)}
	mine := &esme
	if role == session.RoleMC {
		mine = &mc
	}
	odd.Handler = mine.Handler
	*mine = odd
	a, b := transport.Pipe()
	a.Delay(10 * time.Millisecond) // or nothing could be late
	b.Delay(10 * time.Millisecond)
	m, e := session.Start(b, session.RoleMC, mc), session.Start(a, session.RoleESME, esme)
	defer func() {
		_, _ = m.Close(), e.Close()
		<-m.Done()
		<-e.Done()
		account(t, m)
		account(t, e)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	synctest.Wait()
	time.Sleep(time.Second)
	if _, err := e.Do(ctx, &pdu.BindTransceiver{SystemID: "me", InterfaceVersion: pdu.V34}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	synctest.Wait()
	for range 3 {
		if _, err := e.Do(ctx, submit("there")); err != nil {
			return fmt.Errorf("submit: %w", err)
		}
		if _, err := m.Do(ctx, deliver("and back")); err != nil {
			return fmt.Errorf("deliver: %w", err)
		}
		for s, body := range map[*session.Session]pdu.Body{e: submit("x"), m: deliver("x")} {
			if _, err := s.Send(ctx, body); err != nil {
				return fmt.Errorf("send: %w", err)
			}
		}
		if odd.EnquireLinkInterval != 1 { // which is a peer that is asked all the time
			time.Sleep(5 * time.Minute)
		}
	}
	if s := errors.Join(e.Err(), m.Err()); s != nil {
		return s
	}
	e.SetWindow(math.MaxInt)
	m.SetWindow(math.MinInt)
	if _, err := e.Send(ctx, submit("last")); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if err := e.Shutdown(ctx); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	<-m.Done()
	if err := m.Err(); !errors.Is(err, session.ErrPeerUnbound) {
		return err
	}
	if lost := append(e.Lost(), m.Lost()...); len(lost) > 0 {
		return fmt.Errorf("%d lost", len(lost))
	}
	return nil
}
