// Command gen writes the assembly of package simd and its Go declarations, into the current directory: run it with go generate.
//
// The instruction sets share one description of every vector kernel; NEON's is translated from AVX2's (neon_lower.go). Polynomials are fitted
// here (fit.go), so that no table of coefficients needs an origin.
package main
