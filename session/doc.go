// Package session runs SMPP over a connection: one [Session] is one connection, at either end of it. It keeps the state,
// the sequence numbers, the window of outstanding requests and the timers, answers enquire_link and unbind, and tells
// how every request ended. Packages esme and mc put a client and a server around it.
//
//	s := session.Start(conn, session.RoleESME, session.Config{Handler: h})
//	resp, err := s.Do(ctx, &pdu.SubmitSM{...})
//
// # Requests
//
// [Session.Do] waits for the response. [Session.Send] returns when the request is queued, and the outcome goes to the
// [Handler]. Both wait for a slot of the window, first come, first served; [Session.TrySend] does not wait.
//
// A request that is handed over ends in exactly one [Outcome]. An error of Do tells which, as a [*RequestError] or a
// [*pdu.StatusError]. The question that matters after an error is whether the message may be sent again. [SafeToRetry]
// reports whether it never left: not one byte of it reached the socket. A *pdu.StatusError is a refusal, and its status
// says what the peer thinks of another attempt: after ESME_RTHROTTLED, for instance, the message was not taken.
//
// # Hooks
//
// A [Handler] has one method, and more if it likes: [RespHandler], [RespTimeoutHandler], [SendResultHandler],
// [CloseHandler], [LateRespHandler], [MalformedHandler], [StateHandler], [UnansweredHandler], [CallHandler],
// [CastHandler]. A hook that it does not have costs nothing. Hooks of one session run one at a time and in order, so
// that what a handler keeps for its session needs no lock; give every session a handler of its own. A hook that blocks
// holds up the hooks after it and nothing else: reading, responses to Do, enquire_link, timers and writes go on. The
// functions of a [Mux], and those of an esme.Inbox, run side by side when Config.Concurrency allows it.
//
// An error from Send or TrySend is the whole report of that request. After nil come a send result and then one of
// HandleResp, HandleRespTimeout and an entry in the lost list; or the entry alone. What Do sends is reported to its
// caller and not to the hooks; when that caller gives up after the request was handed to the socket, the response goes
// to HandleResp, so that no message id is lost.
//
// A call inside a hook cannot stop the session for good. With the hook's context, Call fails, Shutdown does not wait,
// and Send fails instead of waiting for room for its events. With another context, a Send or a Call that waits for room
// or its turn fails with ErrQueueFull when no hook has returned for 5 s.
//
// # Requests of the peer
//
// A request of the peer is begun when HandlePDU is called, or, in a Mux with a Concurrency, when its turn comes. Before
// that it can be refused: when it has waited for Config.QueueTimeout, when Config.InboundWindow is full and pauses of
// reading did not help, and at the end. A refused request is never begun, and Config.OverflowStatus tells the peer that
// nothing has happened.
//
// A request that is begun belongs to its handler. When it is not answered within Config.AnswerTimeout, it is given up:
// its context ends, it is counted, and [UnansweredHandler] and Trace are told. The library answers nothing in the
// handler's stead. An answer that comes later is still sent, and is counted and logged. So what the peer believes
// agrees with what the handler did.
//
// # The end
//
// [Session.Shutdown] drains, [Session.Close] does not. A session is disconnected when nothing more comes or goes: requests
// of the peer that are not begun are dropped then, and stand in the lost list. When the hooks and functions that run have
// returned, HandleClose gets the reason and every request still open, and the session is done: see [Session.Done] and
// [Session.Wait]. The report is never skipped, not even by a panic in a hook, which ends that session and not the process.
// [Session.Lost] has it from the disconnect on.
//
// # Limits
//
// Everything that is queued is bounded, in pieces and in octets as decoded. Peer requests that are not answered:
// Config.InboundWindow and InboundOctets; reading pauses for at most Config.PauseLimit when there are so many, and then what
// comes is refused until there are half as many. Functions of a Mux: Config.Concurrency. Sends whose last hook was not called:
// the window and 1,024 more, and as many again of Sends made inside hooks and of Do calls whose callers gave up; beyond that
// Send waits and TrySend fails. Responses that wait for hooks: Config.EventOctets, beyond which reading pauses. Late and
// malformed PDUs, changes of state and unanswered requests that wait for a hook: 5,120 and Config.ReportOctets, after which
// they are counted in Stats.Dropped. Requests remembered for late responses: 16,384 and Config.LateOctets. Calls and casts:
// 1,024, after which Call and Cast fail. Unwritten responses: Config.ResponseOctets, and 16 KiB before a bind, beyond which
// reading pauses. Events for Trace and lines for Logger: 1,024 batches or 1 MiB, after which they are counted in Stats.Untold.
// A write: Config.WriteTimeout. What a peer can make a session hold is in docs/security.md.
//
// # Versions
//
// The lower version of both ends governs: interface_version in the bind, sc_interface_version in its response. A peer of
// 3.3 gets no TLVs: a request or an answer with one fails to encode. A bind response without sc_interface_version is
// taken to mean the version that was asked for, although 3.4 would have the ESME send no TLVs then: most message
// centres leave it out.
//
// The specifications are "Short Message Peer to Peer Protocol Specification v3.4", issue 1.2, and "Short Message
// Peer-to-Peer Protocol Specification, Version 5.0".
package session
