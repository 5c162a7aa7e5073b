package golden

import "runtime"

// KernelSets are the CPU kernel sets that this processor's kind may have, fastest first. A machine without one of them skips it and says so.
func KernelSets() []string {
	switch runtime.GOARCH {
	case "amd64":
		return []string{"amx", "avx512", "avx2", "go"}
	case "arm64":
		return []string{"neon", "go"}
	}
	return []string{"go"}
}
