// Package machine is the state machine of an SMPP session. It owns every rule of the protocol and of the library's
// accounting, and nothing else: no goroutine, socket, lock or wall clock. Its caller, the shell in package session,
// holds a lock around it, tells it what happened, and carries out the effects that it asks for.
//
// # Inputs
//
//	Request       a request of our own is to go out     Recv, RecvUnframed  the peer sent something
//	Cancel        the caller of a request gave up       Take, Wrote         a write begins, a write ended
//	Reply, Accept a request of the peer's is answered   Tick                time has passed
//	Drain         end in an orderly way                 ConnEnded           nothing more can be read
//	DrainExpired  the time for that is over             Close, Fail         end at once
//	EventReturned a hook returned                       SetWindow           a setting
//	GivenUp       a request that is not to be made      Post, PutBack       events of the shell's own, or not delivered
//
// Inputs take the time, and one that is earlier than the input before counts as of the same moment, as does a zero one. The
// machine never reads a clock. After an input the caller drains the effects with [Machine.Next], looks at
// [Machine.WantWrite], [Machine.ReadPaused] and [Machine.Deadline], and acts; when it can call hooks, it takes all events
// that have gathered with [Machine.TakeEvents].
//
// # Invariants
//
//   - Every request handed over ends in exactly one [Outcome]; the sum of [Stats] balances at every moment.
//   - A sequence number in flight or remembered for a late response is not given out again.
//   - Window slots in use equal the requests that have a response, are admitted and are not ended.
//   - Whenever anything waits for time, Deadline is set.
//   - Waiting requests are admitted first come, first served.
//   - StateClosed is final; nothing but the close event follows it.
package machine
