// Benchpeers is this engine's side of `make bench-peers`: it reads requests, one JSON object a line, from stdin and answers each with one on stdout, so that
// scripts/bench_peers.py can run this engine and its peers in turn on the same inputs.
//
//	{"do":"info"}                              processor, kernel set, threads, peak and bandwidth
//	{"do":"inputs","path":"inputs.json"}       writes the token ids of all work, and the plan
//	{"do":"open","work":"score"}               prepares and warms up; answers with multiply-adds and bytes, or why the work cannot be done here
//	{"do":"run","work":"score"}                runs once; answers with seconds
//	{"do":"close","work":"score"}              gives its memory back
//
// Run alone, `go run ./internal/benchpeers -work score -n 5` times one piece of work, and -cpuprofile says where the time goes.
package main
