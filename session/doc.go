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
// [*pdu.StatusError]. The question that matters after an error is whether the message may be sent again:
// [SafeToRetry] is true when not one byte of it reached the socket, and only then.
//
// # Hooks
//
// A [Handler] has one method, and more if it likes: [RespHandler], [RespTimeoutHandler], [SendResultHandler],
// [CloseHandler], [LateRespHandler], [MalformedHandler], [StateHandler], [UnansweredHandler], [CallHandler],
// [CastHandler]. A hook that it does not have costs nothing. Hooks of one session run one at a time and in order, so
// that what a handler keeps for its session needs no lock; give every session a handler of its own. A hook that blocks
// holds up the hooks after it and nothing else: reading, responses to Do, enquire_link, timers and writes go on.
//
// An error from Send or TrySend is the whole report of that request. After nil come a send result and then one of
// HandleResp, HandleRespTimeout and an entry in the lost list; or the entry alone. What Do sends is reported to its
// caller and not to the hooks; when that caller gives up after the request was handed to the socket, the response goes
// to HandleResp, so that no message id is lost.
//
// # The end
//
// [Session.Shutdown] drains, [Session.Close] does not. When a session has ended for whatever reason, HandleClose gets
// the reason and every request still open, as [Session.Lost] does after [Session.Done] is closed. The report is never
// skipped, not even by a panic in a hook, which ends that session and not the process.
//
// # Limits
//
// Everything that is queued is bounded. Requests of the peer whose answer is not yet written: Config.InboundWindow.
// Sends whose last hook was not called: the window and 1,024 more, and as many again of Do calls whose callers gave up;
// beyond that Send waits and TrySend fails. Late and malformed PDUs and changes of state that wait for a hook: 5,120,
// after which they are counted in Stats.Dropped. Calls and casts: 1,024, after which Call and Cast fail. Unwritten responses: 1 MiB, beyond which reading
// pauses. A write: Config.WriteTimeout.
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
