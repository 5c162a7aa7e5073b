package main

import "regexp"

// allowed are the reasons for which a test may be skipped: what a machine or a system lacks, rights that a test must not or must have, and
// -short. Any other skip is a test that has been switched off.
var allowed = []*regexp.Regexp{
	regexp.MustCompile(`^this machine has no (GPU|CUDA|AMX|AVX-?512|AVX2|NEON|vector kernels)\b`),
	regexp.MustCompile(`^this machine has no (amx|avx512|avx2|neon|wgmma)\b`),
	regexp.MustCompile(`^kernel set "(amx|avx512|avx2|neon)" is not available on this processor\b`),
	regexp.MustCompile(`^this (system|file system) (has|sends) no\b`),
	regexp.MustCompile(`^no (torch|transformers|onnxruntime|Python|qemu-\w+)\b`),
	regexp.MustCompile(`^(runs as root|needs root)\b`),
	regexp.MustCompile(`^short mode\b`),
}

// excused reports whether a test may be skipped for this reason.
func excused(reason string) bool {
	for _, r := range allowed {
		if r.MatchString(reason) {
			return true
		}
	}
	return false
}
