package bpe

import "math/bits"

// rule says that left and right, side by side, become id. Its index in the list
// of rules is its rank: lower ranks go first.
type rule struct{ left, right, id int32 }

// ruleTable finds the rank of a pair: open addressing in one flat array, because
// this lookup is what encoding a new word spends its time on.
type ruleTable struct {
	rules []rule
	slots []ruleSlot
	shift uint
}

type ruleSlot struct {
	pair uint64
	rank int32 // plus one; 0 marks an empty slot
}

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

func newRuleTable(rules []rule) *ruleTable {
	width := bits.Len(uint(len(rules))) + 1 // at most half full
	t := &ruleTable{rules: rules, slots: make([]ruleSlot, 1<<width), shift: uint(64 - width)}
	for rank, r := range rules {
		// A pair listed twice takes its later rank, as in the library.
		*t.slot(pairKey(r.left, r.right)) = ruleSlot{pairKey(r.left, r.right), int32(rank) + 1}
	}
	return t
}

// slot returns the slot that holds the pair, or the empty one where it would go.
func (t *ruleTable) slot(pair uint64) *ruleSlot {
	mask := uint64(len(t.slots) - 1)
	for i := (pair * 0x9E3779B97F4A7C15) >> t.shift; ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.rank == 0 || s.pair == pair {
			return s
		}
	}
}

// rank returns the rank of the pair and whether there is a rule for it.
func (t *ruleTable) rank(left, right int32) (int32, bool) {
	r := t.slot(pairKey(left, right)).rank
	return r - 1, r != 0
}
