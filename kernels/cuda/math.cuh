// SPDX-License-Identifier: GPL-3.0-or-later
//
// Exponential and normal distribution in float32, as kernels/cpu/simd/gen/math.go derives them: its coefficients, its order of operations, and so the bits
// of the processor's vector kernels.
#pragma once

__device__ float ln2_multiple(float n, float x, float high, float low) { return fmaf(-low, n, fmaf(-high, n, x)); }

const float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f, log2_e = 0x1.715476p+0f;

// exp_tail is (eʳ - 1 - r)/r² for |r| ≤ ln2/2.
__device__ float exp_tail(float r) {
	float s = 0x1.6d2e04p-10f;
	s = fmaf(r, s, 0x1.120c04p-7f);
	s = fmaf(r, s, 0x1.555502p-5f);
	s = fmaf(r, s, 0x1.5554dcp-3f);
	return fmaf(r, s, 0x1p-1f);
}

// scale2 is x·2ⁿ for whole n in [-250, 250], in two factors, since 2ⁿ itself may be no normal number.
__device__ float scale2(float x, float n) {
	int whole = int(n), half = whole >> 1;
	return x * __uint_as_float(unsigned(half + 127) << 23) * __uint_as_float(unsigned(whole - half + 127) << 23);
}

// exp32 is eˣ; NaN stays.
__device__ float exp32(float x) {
	x = x > 90.f ? 90.f : x;
	x = x < -105.f ? -105.f : x;
	if (!(x == x))
		return x;
	float n = rintf(x * log2_e);
	float r = ln2_multiple(n, x, ln2_high, ln2_low);
	return scale2(fmaf(exp_tail(r), r * r, r) + 1.f, n);
}

// tail_factor is S(t) less its first coefficient, divided by t - tail_centre.
const float tail_centre = 0x1.8fd9f6p-3f, tail_first = 0x1.a593a6p-1f;

__device__ float tail_factor(float v) {
	float s = 0x1.9cc7dap+11f;
	s = fmaf(v, s, -0x1.7860ap+8f);
	s = fmaf(v, s, -0x1.3b678cp+9f);
	s = fmaf(v, s, 0x1.4a4902p+7f);
	s = fmaf(v, s, 0x1.786cf6p+6f);
	s = fmaf(v, s, -0x1.4d593ap+5f);
	s = fmaf(v, s, -0x1.4809bap+4f);
	s = fmaf(v, s, 0x1.07d798p+3f);
	s = fmaf(v, s, 0x1.2278d8p+3f);
	return fmaf(v, s, 0x1.c6c11p+1f);
}

// normal gives Φ(x), and φ(x) in density.
__device__ float normal(float x, float &density) {
	float u = fabsf(x);
	u = u < 14.5f ? u : 14.5f;
	float h = u * u, l = fmaf(u, u, -h);
	float n = rintf(h * (-0.5f * log2_e));
	h = fmaf(-ln2_high, n, h * -0.5f);
	l = fmaf(-ln2_low, n, l * -0.5f);
	float r = l + h, e = l + (h - r);

	float t = 1.f / (3.f + u);
	h = fmaf(-u, t, fmaf(-3.f, t, 1.f));
	e = fmaf(fmaf(t, 4.25f, 1.f), h, e);
	e = fmaf(r, e, e);

	float s = exp_tail(r);
	h = r * r;
	density = (fmaf(h, s, r) + 1.f) * 0x1.988454p-2f;
	s = r + fmaf(h, s, e);

	float v = t - tail_centre, f = tail_factor(v);
	r = fmaf(v, f, tail_first);
	l = fmaf(v, f, tail_first - r);
	h = t * r;
	r = fmaf(l, t, fmaf(t, r, -h));
	s = scale2(fmaf(h, s, r) + h, n);
	density = scale2(density, n);

	if (u < 0.5f) {
		h = x * x;
		r = fmaf(h, -0x1.2aceb4p-10f, 0x1.46a714p-7f);
		r = fmaf(h, r, -0x1.105842p-4f);
		r = fmaf(h, r, 0x1.988454p-2f);
		return fmaf(x, r, 0.5f);
	}
	return x < 0.f ? s : 1.f - s;
}

__device__ float gelu(float x) {
	float density;
	return x * normal(x, density);
}

// gelu_brief is gelu to some 2⁻²², with less than half of its instructions, for what follows products of rounded numbers. The share of the normal
// distribution beyond u is 2 to the power of a polynomial, fitted on [0, 6] so that u times the share is off by at most 1e-7; further on it falls for ever.
__device__ float gelu_brief(float x) {
	float u = fabsf(x), y = -0x1.194edcp-22f;
	y = fmaf(y, u, 0x1.fdd37p-19f);
	y = fmaf(y, u, 0x1.c37a6cp-17f);
	y = fmaf(y, u, -0x1.7aa65cp-11f);
	y = fmaf(y, u, 0x1.070378p-7f);
	y = fmaf(y, u, -0x1.b55634p-5f);
	y = fmaf(y, u, -0x1.d5c864p-2f);
	y = fmaf(y, u, -0x1.26b54ap+0f);
	y = fmaf(y, u, -0x1.ffff0ep-1f);
	float floor = y > -120.f ? y : -120.f, n = rintf(floor), r = (floor - n) * 0x1.62e43p-1f;
	float share = __uint_as_float(__float_as_uint(fmaf(exp_tail(r), r * r, r) + 1.f) + (unsigned(int(n)) << 23));
	share = y > -120.f ? share : 0.f;
	return x * (x > 0.f ? 1.f - share : share);
}

// gelu_slope is the derivative of gelu.
__device__ float gelu_slope(float x) {
	float density, phi = normal(x, density);
	return fmaf(x, density, phi);
}
