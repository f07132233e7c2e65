package fuzz

import (
	"fmt"
	"slices"
	"sync"

	"github.com/smpp-go/smpp/pdu"
	"github.com/smpp-go/smpp/session"
)

// chaosTold is what a peer was told of a request.
type chaosTold uint8

const (
	chaosUntold   chaosTold = iota // the call has not returned
	chaosNotSent                   // not one octet left
	chaosUnknown                   // no response came: timed out, lost, or its caller gave up
	chaosAccepted                  // ESME_ROK
	chaosRefused                   // another status
	numChaosTold
)

func (t chaosTold) String() string {
	return [...]string{"untold", "not sent", "unknown", "accepted", "refused"}[t]
}

// chaosDeed is what became of one request of the second ledger, at both ends of its connection.
type chaosDeed struct {
	number uint32
	part   bool // of a long message

	told   chaosTold
	status pdu.CommandStatus // of the response

	begun, stored   int
	declined        pdu.CommandStatus // with which the handler refused it
	answered        bool              // by the handler, and the answer was taken
	refused, gaveUp int               // calls of HandleUnanswered
	lost            int
	entry           session.LostPDU
}

func (d *chaosDeed) String() string {
	return fmt.Sprintf("request %d: its peer was told %v %v; begun %d, stored %d, declined %v, answered %v; "+
		"refused %d, given up %d; lost %d %v",
		d.number, d.told, d.status, d.begun, d.stored, d.declined, d.answered, d.refused, d.gaveUp, d.lost,
		chaosLost([]session.LostPDU{d.entry}[:d.lost&1]))
}

// chaosDeeds is the second ledger of one direction of a connection: what the handler at its end did with the requests,
// beside what the peer was told of them. What must hold at every moment is checked at every entry:
//
//   - accepted <= stored: what is accepted has been stored, request by request; parts of a long message, by the end;
//   - stored <= accepted + unknown: what is refused, or was not sent, is not stored before or afterwards;
//   - no request is begun twice, or when it was refused before that, or dropped;
//   - no more functions run than Concurrency permits, nor two of one order, nor any behind HandleClose.
type chaosDeeds struct {
	name    string
	limit   int  // functions at a time
	ordered bool // one at a time of each order, as they came

	mu      sync.Mutex
	deeds   []*chaosDeed // by number, from 1
	running int
	keys    map[string]int      // of those that run
	order   map[string][]uint32 // in which they were begun
	tardy   int                 // begun when the session was disconnected
	closed  int                 // calls of HandleClose
	wrong   []string
	figures chaosDeedFigures
}

func newChaosDeeds(name string) *chaosDeeds {
	return &chaosDeeds{name: name, keys: make(map[string]int), order: make(map[string][]uint32)}
}

// chaosDeedFigures are what a direction, or a run, has seen.
type chaosDeedFigures struct {
	told                                                    [numChaosTold]uint64
	begun, stored, declined, refused, gaveUp, late, dropped uint64
	most, tardy                                             int
}

func (f *chaosDeedFigures) add(g *chaosDeedFigures) {
	for i, n := range g.told {
		f.told[i] += n
	}
	f.begun += g.begun
	f.stored += g.stored
	f.declined += g.declined
	f.refused += g.refused
	f.gaveUp += g.gaveUp
	f.late += g.late
	f.dropped += g.dropped
	f.most, f.tardy = max(f.most, g.most), max(f.tardy, g.tardy)
}

func (f *chaosDeedFigures) String() string {
	return fmt.Sprintf("%d accepted, %d refused, %d unknown, %d not sent; %d functions began, %d requests stored, "+
		"%d declined; %d refused before they were begun, %d given up, %d answers late, %d dropped; "+
		"%d functions at a time, %d behind a disconnect",
		f.told[chaosAccepted], f.told[chaosRefused], f.told[chaosUnknown], f.told[chaosNotSent],
		f.begun, f.stored, f.declined, f.refused, f.gaveUp, f.late, f.dropped, f.most, f.tardy)
}

func (l *chaosDeeds) lockedWrong(format string, args ...any) {
	l.wrong = append(l.wrong, l.name+": "+fmt.Sprintf(format, args...))
}

func (l *chaosDeeds) bad(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lockedWrong(format, args...)
}

// open enters so many requests that are about to be handed over, and returns the number of the first.
func (l *chaosDeeds) open(n int) uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := uint32(len(l.deeds) + 1)
	for i := range n {
		l.deeds = append(l.deeds, &chaosDeed{number: first + uint32(i), part: n > 1})
	}
	return first
}

// of returns a request. The ledger is locked.
func (l *chaosDeeds) of(number uint32) *chaosDeed {
	if number == 0 || int(number) > len(l.deeds) {
		l.lockedWrong("request %d was never handed over", number)
		return new(chaosDeed)
	}
	return l.deeds[number-1]
}

// tells enters what the peer was told. What was unknown may become known later, by a late response.
func (l *chaosDeeds) tells(number uint32, told chaosTold, status pdu.CommandStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.of(number)
	if status == chaosGiveUp {
		told = chaosUnknown // a lie by choice
	}
	if told == chaosUnknown && d.told != chaosUntold {
		return // a hook was faster
	}
	if d.told != chaosUntold && d.told != chaosUnknown || d.told == chaosUnknown && told == chaosNotSent {
		l.lockedWrong("told %v %v: %v", told, status, d)
	}
	d.told, d.status = told, status
	switch {
	case told == chaosAccepted && d.stored == 0 && !d.part,
		(told == chaosRefused || told == chaosNotSent) && d.stored > 0,
		told == chaosNotSent && d.begun > 0,
		told == chaosRefused && status == chaosRefusal && d.begun > 0,
		told == chaosRefused && status != chaosRefusal && status != d.declined && status != pdu.StatusInvalidBindState:
		l.lockedWrong("told %v: %v", told, d)
	}
}

// begins enters that a function runs for a request; disconnected says that nothing can come from it.
func (l *chaosDeeds) begins(number uint32, key string, disconnected bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.of(number)
	d.begun++
	l.figures.begun++
	unbegun := d.told == chaosNotSent || d.told == chaosRefused && d.status == chaosRefusal
	if d.begun > 1 || unbegun || d.refused+d.lost > 0 {
		l.lockedWrong("begun: %v", d)
	}
	l.order[key] = append(l.order[key], number)
	l.runs(key)
	if disconnected {
		// It was begun before: those that had their turns, and the one whose hook ran and takes the next.
		if l.tardy++; l.tardy > l.limit+1 || l.limit == 1 && l.tardy > 1 {
			l.lockedWrong("%d functions began behind the disconnect, of %d: %v", l.tardy, l.limit, d)
		}
	}
}

// runs enters a function. The ledger is locked.
func (l *chaosDeeds) runs(key string) {
	l.running++
	l.keys[key]++
	l.figures.most = max(l.figures.most, l.running)
	if l.running > l.limit || l.ordered && l.keys[key] > 1 {
		l.lockedWrong("%d functions run, %d of them for %q", l.running, l.keys[key], key)
	}
	if l.closed > 0 {
		l.lockedWrong("a function runs behind HandleClose")
	}
}

func (l *chaosDeeds) returns(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
	l.keys[key]--
	if l.closed > 0 {
		l.lockedWrong("a function returns behind HandleClose")
	}
}

// stores enters that requests are stored.
func (l *chaosDeeds) stores(numbers ...uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range numbers {
		d := l.of(n)
		d.stored++
		l.figures.stored++
		if d.stored > 1 || d.told == chaosRefused || d.told == chaosNotSent || d.refused > 0 ||
			d.lost > 0 && !d.entry.Begun || d.declined != 0 {
			l.lockedWrong("stored: %v", d)
		}
	}
}

// declines enters that the handler is about to refuse a request, which it has not stored.
func (l *chaosDeeds) declines(number uint32, status pdu.CommandStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.of(number)
	d.declined = status
	l.figures.declined++
}

// unanswered enters a call of HandleUnanswered.
func (l *chaosDeeds) unanswered(number uint32, f session.Fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.of(number)
	switch f {
	case session.FateRefused:
		d.refused++
		l.figures.refused++
		if d.refused > 1 || d.begun+d.stored+d.gaveUp > 0 || d.told == chaosAccepted {
			l.lockedWrong("refused: %v", d)
		}
	case session.FateGivenUp, session.FateLate:
		d.gaveUp++
		l.figures.gaveUp++
		if d.gaveUp > 1 || d.refused > 0 {
			l.lockedWrong("given up: %v", d)
		}
	default:
		l.lockedWrong("unanswered, %v: %v", f, d)
	}
}

// closes enters the lost list, when HandleClose begins.
func (l *chaosDeeds) closes(lost []session.LostPDU, number func(pdu.Body) uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running > 0 {
		l.lockedWrong("HandleClose while %d functions run", l.running)
	}
	for _, e := range lost {
		n := number(e.PDU.Body)
		if !e.Incoming || n == 0 {
			continue
		}
		d := l.of(n)
		d.lost++
		d.entry = e
		l.figures.dropped++
		if d.lost > 1 || d.gaveUp > 0 || !e.Begun && d.begun+d.stored > 0 {
			l.lockedWrong("lost: %v", d)
		}
	}
}

// audit returns what is wrong when both sessions are done and everything was answered.
func (l *chaosDeeds) audit(delivered []chaosFrame) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var sums [numChaosTold]uint64
	stored := uint64(0)
	for _, d := range l.deeds {
		sums[d.told]++
		stored += uint64(d.stored)
		wrong := d.told == chaosUntold ||
			d.told == chaosAccepted && d.stored != 1 ||
			(d.told == chaosRefused || d.told == chaosNotSent) && d.stored != 0 ||
			d.lost > 0 && !d.entry.Written && (d.told == chaosAccepted || d.told == chaosRefused) ||
			d.status == chaosGiveUp && d.begun == 0 && !d.part ||
			d.lost > 0 && d.entry.Begun && d.begun == 0 && !d.part ||
			d.gaveUp > 0 && !d.answered && !d.part && (d.told == chaosAccepted || d.told == chaosRefused)
		if wrong {
			l.lockedWrong("in the end: %v", d)
		}
	}
	if a, u := sums[chaosAccepted], sums[chaosUnknown]; a > stored || stored > a+u {
		l.lockedWrong("%d accepted, %d stored, %d unknown", a, stored, u)
	}
	l.figures.told = sums
	l.figures.tardy = l.tardy
	if l.ordered {
		l.checkOrder(delivered)
	}
	return l.wrong
}

// checkOrder: the requests of each order were begun in the order in which they were delivered.
func (l *chaosDeeds) checkOrder(delivered []chaosFrame) {
	at := make(map[uint32]int)
	for i, f := range delivered {
		at[f.request] = i
	}
	for k, numbers := range l.order {
		numbers = slices.DeleteFunc(numbers, func(n uint32) bool { return l.of(n).part })
		if !slices.IsSortedFunc(numbers, func(a, b uint32) int { return at[a] - at[b] }) {
			l.lockedWrong("the order of %q was not kept: %v", k, numbers)
		}
	}
}
