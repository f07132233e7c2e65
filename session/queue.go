package session

// queue is a first-in first-out queue. It keeps its room, up to a bound, until tidy.
type queue[T any] struct {
	items []T
	first int
}

func (q *queue[T]) len() int { return len(q.items) - q.first }

func (q *queue[T]) push(v T) {
	if q.first > len(q.items)/2 && q.first > 32 {
		n := copy(q.items, q.items[q.first:])
		clear(q.items[n:])
		q.items, q.first = q.items[:n], 0
	}
	q.items = append(q.items, v)
}

// pop removes and returns the first item; there must be one.
func (q *queue[T]) pop() T {
	var zero T
	v := q.items[q.first]
	q.items[q.first] = zero
	if q.first++; q.first == len(q.items) {
		q.items, q.first = q.items[:0], 0
		if cap(q.items) > maxIdleQueue {
			q.items = nil
		}
	}
	return v
}

// maxIdleQueue is the most room that an empty queue keeps, in items.
const maxIdleQueue = 1024

// tidy gives the room of an empty queue back.
func (q *queue[T]) tidy() {
	if q.len() == 0 {
		q.items = nil
	}
}
