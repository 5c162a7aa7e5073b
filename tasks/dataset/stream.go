package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Stream returns the random stream of one use: the seed, the name of the use ("shuffle", "init/prompt", …) and any
// numbers that tell its parts apart (epoch, layer, trial). Streams with different keys are independent of each other, so
// that drawing more in one place never changes another. The key is the SHA-256 of all of them, the generator ChaCha8:
// the same on every machine.
func Stream(seed uint64, name string, n ...uint64) *rand.Rand {
	b := binary.LittleEndian.AppendUint64(nil, seed)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(name)))
	b = append(b, name...)
	for _, v := range n {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return rand.New(rand.NewChaCha8(sha256.Sum256(b)))
}

// Shuffle returns the order, a permutation of 0 … n-1, in which an epoch visits n examples.
func Shuffle(n int, seed uint64, epoch int) []int {
	return Stream(seed, "shuffle", uint64(epoch)).Perm(n)
}

// Batches cuts an order into consecutive batches of the given size; the last one may be short. They share order's memory.
func Batches(order []int, size int) [][]int {
	if size < 1 {
		panic("dataset: batch size below 1")
	}
	out := make([][]int, 0, (len(order)+size-1)/size)
	for len(order) > 0 {
		n := min(size, len(order))
		out = append(out, order[:n:n])
		order = order[n:]
	}
	return out
}
