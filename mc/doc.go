// Package mc is the server side of SMPP: a message centre, as gateways, simulators and test benches need it. It reads
// like net/http, but for how handlers run: the hooks of one session are called one at a time, and those of different
// sessions side by side. So a handler of 5 ms takes 200 requests a second from one ESME, unless Account.Concurrency
// lets the functions of a [session.Mux] run side by side.
//
//	srv := &mc.Server{Bind: func(ctx context.Context, r *mc.BindRequest) (*mc.Account, error) {
//		if r.SystemID != "me" || !r.CheckPassword("secret") {
//			return nil, mc.Refuse(pdu.StatusBindFailed)
//		}
//		return &mc.Account{Handler: handler}, nil
//	}}
//	err := srv.ListenAndServe(":2775")
//
// A [Server] judges binds by its Bind function, which returns the [Account] that the session belongs to from then on.
// The account's handler gets what the ESME sends; [session.Mux] and [session.On] make one of typed functions. One
// account may be returned for many binds, and its Handler is then shared by their sessions; Account.NewHandler makes
// one for each. [SessionOf] finds the server's session, and with it system_id and account, from that of a request.
//
// # What a refusal means
//
// What the ESME is told agrees with what the handler did. A request that is refused before its hook is called, for want
// of room or time or because the session ends, never reaches the handler: ESME_RTHROTTLED says that nothing has
// happened. A request whose hook was called is the handler's. When it takes longer than Session.AnswerTimeout, its
// context ends, it is given up and counted, and the ESME hears only what the handler answers in the end, if it does.
// Shutdown, too, waits for what the handlers are at, and when time is over leaves it unanswered and in [Server.Lost],
// with Begun set.
//
// # The end
//
// A session counts, for MaxConns and Shutdown, until its last hook has returned: see [session.Session]. [Server.Close]
// waits for the connections, [Server.Shutdown] for the hooks as well, within bounds, and [Server.Wait] for the hooks
// until its context ends. Call Shutdown, then Wait, before main returns.
//
// [Server.Deliver] sends to an ESME that is bound to receive, and [Receipt] builds the delivery receipts.
package mc
