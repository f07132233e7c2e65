// Package mc is the server side of SMPP: a message centre, as gateways, simulators and test benches need it. It reads
// like net/http.
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
// account may be returned for many binds, and its handler is then shared by their sessions, each of which calls it from
// its own goroutine.
//
// [Server.Deliver] sends to an ESME that is bound to receive, and [Receipt] builds the delivery receipts.
package mc
