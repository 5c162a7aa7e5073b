package half

import "math"

// FromF16 widens a float16.
func FromF16(h uint16) float32 {
	bits := uint32(h&0x7fff) << 13
	if bits < 0x7c00<<13 {
		// Read as a float32, the bits stand for 2⁻¹¹² times the value, of subnormals too; the product is exact.
		bits = math.Float32bits(math.Float32frombits(bits) * 0x1p112)
	} else {
		bits |= 0x7f800000
	}
	return math.Float32frombits(bits | uint32(h&0x8000)<<16)
}

// ToF16 rounds to the nearest float16, ties to even.
func ToF16(f float32) uint16 {
	b := math.Float32bits(f)
	sign, abs := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case abs > 0x7f800000:
		return sign | 0x7c00 | nanPayload(uint16(abs>>13&0x3ff), 0x200)
	case abs >= 0x477ff000: // 65520, half way from the largest float16 to what would follow it
		return sign | 0x7c00
	case abs < 0x38800000: // below 2⁻¹⁴ results are multiples of 2⁻²⁴, the unit in the last place of 0.5: adding it rounds
		return sign | uint16(math.Float32bits(math.Float32frombits(abs)+0.5)-math.Float32bits(0.5))
	}
	abs += 0xfff + abs>>13&1
	return sign | uint16((abs-(127-15)<<23)>>13)
}

// F16ToFloat32 widens src into dst, which is as long or longer.
func F16ToFloat32(dst []float32, src []uint16) {
	dst = dst[:len(src)]
	for i, h := range src {
		dst[i] = FromF16(h)
	}
}

// F16FromFloat32 rounds src into dst, which is as long or longer.
func F16FromFloat32(dst []uint16, src []float32) {
	dst = dst[:len(src)]
	for i, f := range src {
		dst[i] = ToF16(f)
	}
}

// nanPayload keeps a payload, or where none of it fits sets the quiet bit: without either the NaN would be an infinity.
func nanPayload(payload, quiet uint16) uint16 {
	if payload == 0 {
		return quiet
	}
	return payload
}
