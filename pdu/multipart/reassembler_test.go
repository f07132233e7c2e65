package multipart

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
)

var (
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	alice = pdu.Address{TON: pdu.TONInternational, Addr: "46700000001"}
	bob   = pdu.Address{TON: pdu.TONInternational, Addr: "46700000002"}
	shop  = pdu.Address{TON: pdu.TONAlphanumeric, Addr: "Shop"}
)

// box is a Reassembler with a clock that the test turns.
type box struct {
	t testing.TB
	*Reassembler
	now time.Time
}

func newBox(t testing.TB, cfg Config) *box { return &box{t, NewReassembler(cfg), start} }

func (b *box) add(source pdu.Address, p Part) []Message {
	b.t.Helper()
	ms, err := b.AddPart(context.Background(), b.now, source, shop, p)
	require.NoError(b.t, err)
	return ms
}

func (b *box) expire() []Message {
	b.t.Helper()
	ms, err := b.Expire(context.Background(), b.now)
	require.NoError(b.t, err)
	return ms
}

func split(t testing.TB, s string, o Options) []Part {
	parts, err := Split(s, o)
	require.NoError(t, err)
	return parts
}

func textOf(t rapid.TB, m Message) string {
	s, err := m.Text(text.Peer{})
	require.NoError(t, err)
	return s
}

func TestReassembleAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBox(t, Config{})
		o := Options{Method: rapid.SampledFrom(methods[:3]).Draw(rt, "method"), Ref: rapid.Uint16().Draw(rt, "ref")}
		type arrival struct {
			from pdu.Address
			part Part
		}
		var queue []arrival
		want := map[pdu.Address]string{}
		for _, from := range []pdu.Address{alice, bob} {
			want[from] = texts(rt)
			for _, p := range split(t, want[from], o) {
				queue = append(queue, arrival{from, p})
				if rapid.IntRange(0, 4).Draw(rt, "twice") == 0 {
					queue = append(queue, arrival{from, p})
				}
			}
		}
		queue = rapid.Permutation(queue).Draw(rt, "order")
		got := map[pdu.Address]int{}
		for _, a := range queue {
			b.now = b.now.Add(time.Second)
			for _, m := range b.add(a.from, a.part) {
				if m.Reason == Repeated {
					continue
				}
				if !m.Whole() || m.Reason != Complete || m.Dest != shop || textOf(rt, m) != want[m.Source] {
					rt.Fatalf("%+v, want %q", m, want[m.Source])
				}
				if m.Total > 1 {
					got[m.Source]++
				} else {
					got[m.Source] = 1
				}
			}
		}
		if got[alice] != 1 || got[bob] != 1 {
			rt.Fatalf("%v", got)
		}
		b.now = b.now.Add(time.Hour)
		if left := b.expire(); len(left) != 0 {
			rt.Fatalf("left over: %+v", left)
		}
	})
}

func TestPartsOfItsOwn(t *testing.T) {
	b := newBox(t, Config{})
	ms, err := b.Add(context.Background(), b.now, &pdu.DeliverSM{Source: alice, Dest: shop, ShortMessage: []byte("hi")})
	require.NoError(t, err)
	require.Equal(t, []Message{{alice, shop, []Part{{Octets: []byte("hi")}}, 1, Complete, start}}, ms)
	require.True(t, ms[0].Whole())
	require.Empty(t, ms[0].Missing())

	ms, err = b.Add(context.Background(), b.now, &pdu.DeliverSM{ESMClass: pdu.ESMClassUDHI, ShortMessage: []byte("\x09")})
	require.Error(t, err)
	require.Equal(t, "\x09", string(ms[0].Octets()))

	ms, err = b.Add(context.Background(), b.now, &pdu.DeliverSM{
		ESMClass: pdu.ESMClassUDHI, ShortMessage: []byte("\x05\x00\x03\x01\x01\x01hi"),
	})
	require.NoError(t, err)
	require.Equal(t, "hi", textOf(t, ms[0]))

	_, err = b.Add(context.Background(), b.now, &pdu.Unbind{})
	require.ErrorIs(t, err, ErrBody)
}

func TestTimeout(t *testing.T) {
	b := newBox(t, Config{Timeout: time.Minute})
	long := strings.Repeat("x", 153) + strings.Repeat("y", 153) + strings.Repeat("z", 153)
	parts := split(t, long, Options{})
	require.Empty(t, b.add(alice, parts[2]))
	b.now = b.now.Add(50 * time.Second)
	require.Empty(t, b.add(alice, parts[0]))
	b.now = b.now.Add(50 * time.Second)
	require.Empty(t, b.expire(), "each part prolongs the time")
	require.Empty(t, b.add(alice, parts[0]), "but not one that came before")
	b.now = b.now.Add(10 * time.Second)
	ms := b.expire()
	require.Len(t, ms, 1)
	require.Equal(t, Expired, ms[0].Reason)
	require.False(t, ms[0].Whole())
	require.Equal(t, []int{2}, ms[0].Missing())
	require.Equal(t, start, ms[0].First)
	require.Equal(t, long[:153]+long[306:], textOf(t, ms[0]))
	require.Empty(t, b.expire())

	forever := newBox(t, Config{Timeout: -1})
	forever.add(alice, parts[0])
	forever.now = start.AddDate(100, 0, 0)
	require.Empty(t, forever.expire())
}

func TestConflict(t *testing.T) {
	b := newBox(t, Config{})
	first := split(t, strings.Repeat("x", 400), Options{Ref: 5})
	second := split(t, strings.Repeat("y", 400), Options{Ref: 5})
	b.add(alice, first[0])
	b.add(alice, first[1])
	ms := b.add(alice, second[0])
	require.Len(t, ms, 1)
	require.Equal(t, Conflict, ms[0].Reason)
	require.Equal(t, strings.Repeat("x", 306), textOf(t, ms[0]))
	require.Equal(t, []int{3}, ms[0].Missing())
	b.add(alice, second[1])
	ms = b.add(alice, second[2])
	require.Len(t, ms, 1)
	require.Equal(t, strings.Repeat("y", 400), textOf(t, ms[0]))

	// Another total, another kind of reference, another sender: another message.
	b.add(bob, first[0])
	require.Empty(t, b.add(bob, split(t, strings.Repeat("y", 200), Options{Ref: 5})[0]))
	require.Empty(t, b.add(bob, split(t, strings.Repeat("y", 400), Options{Ref: 5, Method: MethodUDH16})[0]))
	require.Empty(t, b.add(bob, split(t, strings.Repeat("y", 400), Options{Ref: 5, Method: MethodSAR})[0]))
	require.Empty(t, b.add(alice, second[0]))
	b.now = b.now.Add(time.Hour)
	require.Len(t, b.expire(), 4)
}

func TestRepeats(t *testing.T) {
	long := strings.Repeat("x", 100) + strings.Repeat("y", 200)
	parts := split(t, long, Options{})
	b := newBox(t, Config{})
	b.add(alice, parts[0])
	require.Equal(t, Complete, b.add(alice, parts[1])[0].Reason)

	// A part that comes late again is not the beginning of another message.
	require.Empty(t, b.add(alice, parts[1]))
	b.now = b.now.Add(time.Hour)
	require.Empty(t, b.expire())

	// The whole message again is handed over, and told apart.
	b.add(alice, parts[0])
	require.Equal(t, Complete, b.add(alice, parts[1])[0].Reason)
	b.add(alice, parts[0])
	ms := b.add(alice, parts[1])
	require.Equal(t, Repeated, ms[0].Reason)
	require.Equal(t, long, textOf(t, ms[0]))

	// Another message with the same reference is another message, also when it begins alike.
	other := split(t, strings.Repeat("x", 100)+strings.Repeat("y", 53)+strings.Repeat("z", 147), Options{})
	b.add(alice, other[0])
	ms = b.add(alice, other[1])
	require.Equal(t, Complete, ms[0].Reason)

	forgetful := newBox(t, Config{Remember: -1})
	forgetful.add(alice, parts[0])
	forgetful.add(alice, parts[1])
	forgetful.add(alice, parts[1])
	forgetful.now = start.Add(time.Hour)
	require.Len(t, forgetful.expire(), 1)
}

// What was taken back is a message like any other, also when it stays incomplete.
func TestForget(t *testing.T) {
	parts := split(t, strings.Repeat("x", 400), Options{})
	ctx := context.Background()
	b := newBox(t, Config{})
	send := func(parts ...Part) (ms []Message) {
		for _, p := range parts {
			ms = append(ms, b.add(alice, p)...)
		}
		return ms
	}
	whole := send(parts...)
	require.Len(t, whole, 1)
	require.NoError(t, b.Forget(ctx, whole[0]))
	require.Empty(t, send(parts[0], parts[2]))
	b.now = b.now.Add(time.Hour)
	require.Equal(t, Expired, b.expire()[0].Reason)

	whole = send(parts...)
	require.Empty(t, send(parts[0]))
	require.NoError(t, b.Forget(ctx, whole[0]), "while it comes again")
	require.Equal(t, Complete, send(parts[1:]...)[0].Reason)

	require.NoError(t, b.Forget(ctx, Message{Source: alice, Total: 1, Parts: parts[:1]}))
	require.NoError(t, b.Forget(ctx, Message{Source: alice, Total: 2, Parts: []Part{{}}}))
	require.NoError(t, b.Forget(ctx, Message{Source: bob, Dest: shop, Total: 3, Parts: parts}), "it was never there")
	require.Equal(t, Repeated, send(parts...)[0].Reason)
}

func TestBounds(t *testing.T) {
	memory := NewMemory(3, 0)
	b := newBox(t, Config{Store: memory})
	for i := range 5 {
		b.now = b.now.Add(time.Second)
		ms := b.add(alice, split(t, strings.Repeat("x", 400), Options{Ref: uint16(i)})[1])
		if i < 3 {
			require.Empty(t, ms)
			continue
		}
		require.Len(t, ms, 1)
		require.Equal(t, Evicted, ms[0].Reason)
		require.Equal(t, start.Add(time.Duration(i-2)*time.Second), ms[0].First, "the one that waited longest")
	}
	n, _ := memory.Size()
	require.Equal(t, 3, n)

	// Messages handed over make room first.
	memory = NewMemory(3, 0)
	b = newBox(t, Config{Store: memory})
	b.add(alice, split(t, strings.Repeat("x", 400), Options{Ref: 1})[0])
	for i := range 20 {
		for _, p := range split(t, strings.Repeat("x", 200), Options{Ref: uint16(100 + i)}) {
			for _, m := range b.add(bob, p) {
				require.Equal(t, Complete, m.Reason)
			}
		}
	}

	memory = NewMemory(0, 20_000)
	b = newBox(t, Config{Store: memory})
	evicted := 0
	for i := range 300 {
		b.now = b.now.Add(time.Millisecond)
		for _, m := range b.add(alice, split(t, strings.Repeat("x", 400), Options{Ref: uint16(i), Method: MethodUDH16})[i%3]) {
			require.Equal(t, Evicted, m.Reason)
			evicted++
		}
		n, octets := memory.Size()
		require.LessOrEqual(t, octets, 20_000)
		require.Equal(t, i+1, n+evicted)
	}
	// One that is too large alone is handed over too.
	b.now = b.now.Add(time.Second)
	ms := b.add(alice, Part{SAR: SAR{1, 2, 1}, Octets: make([]byte, 30_000)})
	require.Len(t, ms, 300-evicted+1)
	n, octets := memory.Size()
	require.Zero(t, n)
	require.Zero(t, octets)
}

// What is kept does not hold on to, or change with, what the caller has.
func TestPartsAreCopied(t *testing.T) {
	b := newBox(t, Config{})
	parts := split(t, strings.Repeat("x", 200), Options{})
	octets, data := parts[0].Octets, parts[0].UDH[0].Data
	b.add(alice, parts[0])
	clear(octets)
	clear(data)
	ms := b.add(alice, parts[1])
	require.Equal(t, strings.Repeat("x", 200), textOf(t, ms[0]))
}

// FuzzReassemble feeds parts of any kind. Every part that was kept comes out once, and the store ends empty.
func FuzzReassemble(f *testing.F) {
	f.Add([]byte{0, 2, 1, 'a', 0, 2, 2, 'b', 1, 3, 1, 'c'})
	f.Add([]byte{5, 2, 1, 'a', 5, 2, 1, 'b', 5, 2, 2, 'b', 5, 2, 2, 'b'})
	f.Fuzz(func(t *testing.T, b []byte) {
		memory := NewMemory(5, 3000)
		r := NewReassembler(Config{Store: memory})
		now, out, in := start, 0, 0
		take := func(ms []Message, err error) {
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range ms {
				out += len(m.Parts)
				if len(m.Parts) == 0 || len(m.Parts)+len(m.Missing()) != m.Total || m.Whole() != (m.Reason <= Repeated) {
					t.Fatalf("%+v", m)
				}
			}
		}
		for ; len(b) >= 4; b = b[4:] {
			now = now.Add(time.Duration(b[0]) * time.Second)
			p := Part{SAR: SAR{uint16(b[0] & 7), b[1], b[2]}, Octets: b[3:4]}
			in++
			take(r.AddPart(context.Background(), now, alice, shop, p))
			if records, octets := memory.Size(); records > 5 || octets > 3000 {
				t.Fatalf("%d records of %d octets", records, octets)
			}
			if b[0] > 200 {
				take(r.Expire(context.Background(), now))
			}
		}
		take(r.Expire(context.Background(), now.Add(time.Hour)))
		if records, octets := memory.Size(); records != 0 || octets != 0 || out > in {
			t.Fatalf("%d records of %d octets left, %d parts in, %d out", records, octets, in, out)
		}
	})
}

func BenchmarkReassemble(b *testing.B) {
	parts := split(b, strings.Repeat("x", 400), Options{})
	r := NewReassembler(Config{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now := start.Add(time.Duration(i) * time.Millisecond)
		for _, p := range parts {
			p.SAR, p.UDH = SAR{uint16(i), 3, p.UDH[0].Data[2]}, nil
			if _, err := r.AddPart(context.Background(), now, alice, shop, p); err != nil {
				b.Fatal(err)
			}
		}
	}
}
