// Package half converts between float32 and the two 16-bit formats that weights are stored in: IEEE 754 binary16 ("float16", F16: 5
// exponent and 10 fraction bits) and bfloat16 (BF16: the upper half of a float32). A uint16 holds the bits.
//
// Widening is exact. Narrowing rounds to nearest, ties to even, overflows to infinity and reaches subnormals; a NaN stays a NaN
// with its sign and as much of its payload as fits.
package half
