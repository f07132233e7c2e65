package machine

// eventQueue holds events that wait for their hooks, in order. An event has a number: that of the first in list is base.
// Events that are taken out of the middle leave gaps, which are closed when they outweigh the rest.
type eventQueue struct {
	list []Effect
	head int32 // events of list that were taken
	gaps int32 // among the others
	base int32 // it may wrap
}

func (q *eventQueue) len() int { return len(q.list) - int(q.head) - int(q.gaps) }

func (q *eventQueue) push(e Effect) {
	if q.head > keep/4 && int(q.head) > len(q.list)/2 {
		q.compact()
	}
	if e.Kind == EventPDU {
		e.In.event = q.base + int32(len(q.list))
	}
	q.list = append(q.list, e)
}

// next takes the first event; its Kind is zero when there is none.
func (q *eventQueue) next() (e Effect) {
	for int(q.head) < len(q.list) && e.Kind == 0 {
		e = q.list[q.head]
		q.list[q.head] = Effect{}
		if q.head++; e.Kind == 0 {
			q.gaps--
		}
	}
	if int(q.head) == len(q.list) {
		q.base += q.head
		q.list, q.head = reuse(q.list), 0
	}
	return e
}

// takeAll takes all events, and leaves into, which is empty, for further ones. There may be gaps among them.
func (q *eventQueue) takeAll(into []Effect) []Effect {
	events := q.list[q.head:]
	q.base += int32(len(q.list))
	q.list, q.head, q.gaps = into, 0, 0
	return events
}

// reset gives back the room of an empty queue, and closes its gaps.
func (q *eventQueue) reset() { *q = eventQueue{base: q.base + int32(len(q.list))} }

// putBack returns the last of the events that takeAll returned, which may have gaps, to the front. Requests of the peer
// that were withdrawn meanwhile do not return.
func (q *eventQueue) putBack(events []Effect) {
	for i := range events {
		if e := &events[i]; e.Kind == EventPDU && e.In.phase != inQueued {
			*e = Effect{}
		}
	}
	q.list = append(append(make([]Effect, 0, len(events)+q.len()), events...), q.list[q.head:]...)
	q.base, q.head = q.base+int32(len(q.list)), 0 // numbers are not used twice
	q.compact()
}

// remove takes the event of in out, unless it was taken.
func (q *eventQueue) remove(in *In) {
	at := in.event - q.base
	if at < q.head || int(at) >= len(q.list) || q.list[at].In != in {
		return
	}
	q.list[at] = Effect{}
	if q.gaps++; int(q.gaps) > q.len()+8 {
		q.compact()
	}
}

// compact closes the gaps and numbers the events anew.
func (q *eventQueue) compact() {
	list := q.list[:0]
	q.base += int32(len(q.list)) // numbers are not used twice
	for _, e := range q.list[q.head:] {
		if e.Kind == 0 {
			continue
		}
		if e.Kind == EventPDU {
			e.In.event = q.base + int32(len(list))
		}
		list = append(list, e)
	}
	clear(q.list[len(list):])
	q.list, q.head, q.gaps = list, 0, 0
}
