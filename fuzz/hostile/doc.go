// Hostile attacks the library and says what that costs: memory, handlers, goroutines, files, octets of the log,
// guesses of a password, and the wait of an honest client beside the flood. Each figure has a budget; the table that it
// prints says which are kept, and the exit code is 1 when one is not.
//
//	go run ./fuzz/hostile                   # a second of each
//	go run ./fuzz/hostile -full             # 9,000 connections, and p99 beside a bare message centre: 15 minutes
//	go run ./fuzz/hostile -full zombies     # one scenario
//
// What is attacked, who attacks it and the honest client are processes of their own: this program, started again. They
// talk to it over their standard input and output, and end with their input. All connections are on loopback.
//
// What the columns mean:
//
//   - heap: how far the live heap grew, for a quarter of a second and longer, and in brackets the heap with what was
//     not yet collected
//   - RSS: what the process had in memory, all told, when garbage was collected during the attack, and in brackets the
//     most that it ever had
//   - back: how far the live heap was above where it began when the attackers were gone
//   - handlers: functions that ran at a time for the attackers, those that judge binds included
//   - log: all that a text logger at Info wrote; it may be 64 KiB, and 10 KB for each second
//   - guesses: answers to wrong passwords on one connection
//   - p99: of an honest client with a submit_sm every 20 ms, beside the flood at a fixed rate, and of the same client
//     beside a message centre that does nothing but decode and answer. Each is the median of several windows, in turns;
//     where the budget seems broken, of up to three times as many.
package main
