// Package machine is the state machine of an SMPP session. It owns every rule of the protocol and of the library's
// accounting, and nothing else: no goroutine, socket, lock or wall clock. Its caller, the shell in package session,
// holds a lock around it, gives it inputs, and carries out the effects that it asks for.
//
// # Inputs
//
//	Request       a request of our own is to go out     Recv, RecvUnframed  the peer sent something
//	Cancel        the caller of a request gave up       Take, Wrote         a write begins, a write ended
//	Begin         the hook of a peer request is called  Tick                time has passed
//	TakeBack      it is to wait for its turn            ConnEnded           nothing more can be read
//	Reply, Accept a peer request is answered            Close, Fail         end at once
//	EventReturned a hook returned                       Drain, DrainExpired end in an orderly way; its time is over
//	GivenUp       a request that is not to be made      SetWindow, SetHooks settings
//	Post          an event of the shell's own           PutBack             events that were not delivered
//	Probe         is a silent peer alive?               PolicyAnswered      the next window of an adaptive one
//
// Inputs take the time, and one that is earlier than the input before counts as of the same moment, as does a zero one.
// The machine never reads a clock. After an input the caller drains the effects with [Machine.Next], looks at
// [Machine.WantWrite], [Machine.ReadPaused] and [Machine.Deadline], and acts; when it can call hooks, it takes all
// events that have gathered with [Machine.TakeEvents], or one at a time with [Machine.NextEvent].
//
// # Invariants
//
//   - Every request handed over ends in exactly one [Outcome]; the sum of [Stats] balances at every moment.
//   - A peer request is begun or refused, and never both: [Shell.Withdraw] decides. One that is begun is answered by
//     its handler, given up, or in the lost report.
//   - A sequence number in flight or remembered for a late response is not given out again.
//   - Window slots in use equal the requests that have a response, are admitted and are not ended.
//   - Whenever anything waits for time, Deadline is set.
//   - Waiting requests are admitted first come, first served.
//   - StateClosed is final; nothing but the close event follows it.
package machine
