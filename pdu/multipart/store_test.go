package multipart

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/pdu/text"
)

// jsonStore keeps records as a database does, and lets two changes of one record meet.
type jsonStore struct {
	mu      sync.Mutex
	records map[string][]byte
	err     error
}

func (s *jsonStore) Update(_ context.Context, key Key, change func(*Record) *Record) ([]*Record, error) {
	for s.err == nil {
		s.mu.Lock()
		before := s.records[key.String()]
		s.mu.Unlock()
		var old *Record
		if before != nil {
			if err := json.Unmarshal(before, &old); err != nil {
				return nil, err
			}
		}
		record := change(old)
		after, err := json.Marshal(record)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		done := string(s.records[key.String()]) == string(before)
		if done && record == nil {
			delete(s.records, key.String())
		} else if done {
			s.records[key.String()] = after
		}
		s.mu.Unlock()
		if done {
			return nil, nil
		}
	}
	return nil, s.err
}

func (s *jsonStore) Expire(_ context.Context, now time.Time) ([]*Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var expired []*Record
	for key, b := range s.records {
		var r *Record
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, err
		}
		if !r.Deadline.After(now) {
			expired = append(expired, r)
			delete(s.records, key)
		}
	}
	slices.SortFunc(expired, func(a, b *Record) int { return a.Deadline.Compare(b.Deadline) })
	return expired, s.err
}

// Several processes on one store: each message is handed over once, to one of them.
func TestSharedStore(t *testing.T) {
	for name, store := range map[string]Store{
		"json": &jsonStore{records: map[string][]byte{}}, "memory": NewMemory(0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			const messages = 20
			want := strings.Repeat("The quick brown fox. ", 40)
			var mu sync.Mutex
			got := map[pdu.Address]int{}
			var wg sync.WaitGroup
			queues := make([][]func(*Reassembler) ([]Message, error), 3)
			for i := range messages {
				from := pdu.Address{Addr: string(rune('a' + i))}
				for j, p := range split(t, want, Options{Ref: 1}) {
					queues[(i+j)%3] = append(queues[(i+j)%3], func(r *Reassembler) ([]Message, error) {
						return r.AddPart(context.Background(), start, from, shop, p)
					})
				}
			}
			for _, queue := range queues {
				wg.Go(func() {
					r := NewReassembler(Config{Store: store})
					for _, add := range queue {
						ms, err := add(r)
						mu.Lock()
						for _, m := range ms {
							s, _ := m.Text(text.Peer{})
							if err == nil && s == want && m.Reason == Complete {
								got[m.Source]++
							}
						}
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			require.Len(t, got, messages)
			for from, n := range got {
				require.Equal(t, 1, n, from.Addr)
			}
			ms, err := NewReassembler(Config{Store: store}).Expire(context.Background(), start.Add(time.Hour))
			require.NoError(t, err)
			require.Empty(t, ms)
		})
	}
}

func TestStoreError(t *testing.T) {
	down := errors.New("down")
	b := newBox(t, Config{Store: &jsonStore{records: map[string][]byte{}, err: down}})
	_, err := b.AddPart(context.Background(), start, alice, shop, split(t, strings.Repeat("x", 200), Options{})[0])
	require.ErrorIs(t, err, down)
	_, err = b.Expire(context.Background(), start)
	require.ErrorIs(t, err, down)
}

func TestKeyString(t *testing.T) {
	a := Key{pdu.Address{Addr: `1">`}, pdu.Address{}, MethodUDH8, 1, 2}
	b := Key{pdu.Address{Addr: `1`}, pdu.Address{Addr: `">`}, MethodUDH8, 1, 2}
	require.NotEqual(t, a.String(), b.String())
	require.Equal(t, `0.0."1">0.0."\">"/udh8.1.2`, b.String())
	require.Equal(t, "evicted", Evicted.String())
	require.Equal(t, "reason(9)", Reason(9).String())
}
