package bpe

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

const (
	cacheBits = 15 // slots, as a power of two: some 3 MB when full
	cacheWays = 4  // slots that a word may stand in
	cacheWord = 48 // bytes of the longest word kept
)

// wordCache remembers the tokens of words. Slots are written once and never
// evicted: frequent words come early, readers need no lock, and a full cache
// allocates nothing more.
type wordCache struct {
	seed  maphash.Seed
	slots [1 << cacheBits]atomic.Pointer[cachedWord]
}

type cachedWord struct {
	word string
	ids  []int32
}

func newWordCache() *wordCache { return &wordCache{seed: maphash.MakeSeed()} }

// find returns the tokens of word, or a free slot to keep them in, or neither.
func (c *wordCache) find(word string) (*cachedWord, *atomic.Pointer[cachedWord]) {
	if len(word) > cacheWord {
		return nil, nil
	}
	h := maphash.String(c.seed, word)
	for way := range uint64(cacheWays) {
		slot := &c.slots[(h+way)&(1<<cacheBits-1)]
		e := slot.Load()
		if e == nil {
			return nil, slot
		}
		if e.word == word {
			return e, nil
		}
	}
	return nil, nil
}

// keep stores copies: the word must not hold the text that it was cut from. If
// another goroutine took the slot meanwhile, nothing is lost but the entry.
func keep(slot *atomic.Pointer[cachedWord], word string, ids []int32) {
	slot.CompareAndSwap(nil, &cachedWord{strings.Clone(word), append([]int32(nil), ids...)})
}
