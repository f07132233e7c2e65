package fuzz

import (
	"net"
	"sync"
	"time"
)

// chaosPulse notes when the process did not run: on a busy machine it may be stopped for longer than the times that the
// test works with, and nothing can be in time then. Its beat takes the way of a PDU, a timer aside: one goroutine writes
// it to a TCP connection, and another reads it.
type chaosPulse struct {
	conn [2]*net.TCPConn
	stop chan struct{}
	done sync.WaitGroup

	mu     sync.Mutex
	stalls [][2]time.Time
}

const (
	chaosBeat   = 2 * time.Millisecond   // from one beat to the next
	chaosMissed = 20 * time.Millisecond  // without a beat is a standstill
	chaosCalm   = time.Second            // around a moment, in which the process stands still for at most
	chaosUneasy = 100 * time.Millisecond // so long, or it is not calm
)

func newChaosPulse() (*chaosPulse, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	p := &chaosPulse{stop: make(chan struct{})}
	if p.conn[0], p.conn[1], err = chaosPair(l); err != nil {
		return nil, err
	}
	p.done.Go(p.beat)
	p.done.Go(p.take)
	return p, nil
}

// beat writes the beats until the end.
func (p *chaosPulse) beat() {
	t := time.NewTicker(chaosBeat)
	defer t.Stop()
	defer p.conn[0].Close()
	for {
		select {
		case <-t.C:
			_, _ = p.conn[0].Write([]byte{0}) // one that does not get through is missed
		case <-p.stop:
			return
		}
	}
}

// take reads them and notes those that come late.
func (p *chaosPulse) take() {
	defer p.conn[1].Close()
	buf := make([]byte, 64)
	for last := time.Now(); ; {
		if _, err := p.conn[1].Read(buf); err != nil {
			return
		}
		now := time.Now()
		if now.Sub(last) > chaosMissed {
			p.mu.Lock()
			p.stalls = append(p.stalls, [2]time.Time{last, now})
			p.mu.Unlock()
		}
		last = now
	}
}

func (p *chaosPulse) end() {
	close(p.stop)
	p.done.Wait()
}

// ran returns for how long the process ran between two times.
func (p *chaosPulse) ran(from, to time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := to.Sub(from)
	for i := len(p.stalls) - 1; i >= 0 && p.stalls[i][1].After(from); i-- {
		begin, end := p.stalls[i][0], p.stalls[i][1]
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		d -= max(0, end.Sub(begin))
	}
	return d
}

// calm tells that the machine had time for the process around a moment. When it has little, it may stop single threads of
// it, and whoever they work for, while the pulse goes on.
func (p *chaosPulse) calm(at time.Time) bool {
	return p.ran(at.Add(-chaosCalm/2), at.Add(chaosCalm/2)) >= chaosCalm-chaosUneasy
}

// figures returns how often the process stood still and for how long in all.
func (p *chaosPulse) figures() (n int, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.stalls {
		d += s[1].Sub(s[0])
	}
	return len(p.stalls), d
}
