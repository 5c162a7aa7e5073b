package bpe

// symbol is a token in the making, linked to its neighbours by index.
type symbol struct{ id, prev, next int32 }

// scratch is what encoding needs beyond its result, kept in a pool.
type scratch struct {
	ids     []int32
	symbols []symbol
	queue   []uint64 // a binary heap of rank<<32 | index of the left symbol
}

// maxKept bounds, in symbols, the scratch that goes back to the pool, so that one huge
// word does not hold its memory for good.
const maxKept = 1 << 16

// appendWord appends the tokens of one word. The pair of lowest rank merges
// first, of equal ones the leftmost. The heap keeps a word of n bytes within
// O(n log n).
func (t *Tokenizer) appendWord(dst []int32, word string, s *scratch) []int32 {
	if id, ok := t.wordIDs[word]; ok {
		return append(dst, id)
	}
	t.startSymbols(s, word)
	for i := range s.symbols {
		t.propose(s, int32(i))
	}
	for len(s.queue) > 0 {
		top := s.pop()
		i, r := int32(uint32(top)), &t.rules.rules[top>>32]
		left := &s.symbols[i]
		// What changed since it was proposed has grown, so its id differs.
		if left.id != r.left || left.next < 0 || s.symbols[left.next].id != r.right {
			continue
		}
		right := &s.symbols[left.next]
		left.id, left.next, right.id = r.id, right.next, -1
		if left.next >= 0 {
			s.symbols[left.next].prev = i
			t.propose(s, i)
		}
		if left.prev >= 0 {
			t.propose(s, left.prev)
		}
	}
	for i := int32(0); i >= 0 && len(s.symbols) > 0; i = s.symbols[i].next {
		dst = append(dst, s.symbols[i].id)
	}
	return dst
}

// startSymbols makes one symbol of each byte of word. A byte that the vocabulary
// lacks is the unknown token, or nothing where there is none.
func (t *Tokenizer) startSymbols(s *scratch, word string) {
	s.symbols, s.queue = s.symbols[:0], s.queue[:0]
	afterUnknown := false
	for i := 0; i < len(word); i++ {
		id := t.byteIDs[word[i]]
		unknown := id < 0
		if unknown {
			if t.unknown < 0 || t.fuseUnknown && afterUnknown {
				continue
			}
			id = t.unknown
		}
		afterUnknown = unknown
		n := int32(len(s.symbols))
		s.symbols = append(s.symbols, symbol{id, n - 1, n + 1})
	}
	if n := len(s.symbols); n > 0 {
		s.symbols[n-1].next = -1
	}
}

// propose queues the merge of symbol i with its right neighbour if there is a rule for it.
func (t *Tokenizer) propose(s *scratch, i int32) {
	left := s.symbols[i]
	if left.next < 0 {
		return
	}
	if rank, ok := t.rules.rank(left.id, s.symbols[left.next].id); ok {
		s.push(uint64(rank)<<32 | uint64(i))
	}
}

func (s *scratch) push(x uint64) {
	s.queue = append(s.queue, x)
	q, i := s.queue, len(s.queue)-1
	for i > 0 && q[(i-1)/2] > x {
		q[i] = q[(i-1)/2]
		i = (i - 1) / 2
	}
	q[i] = x
}

func (s *scratch) pop() uint64 {
	q, n := s.queue, len(s.queue)-1
	top, x := q[0], q[n]
	q = q[:n]
	s.queue = q
	i := 0
	for child := 1; child < n; child = 2*i + 1 {
		if child+1 < n && q[child+1] < q[child] {
			child++
		}
		if q[child] >= x {
			break
		}
		q[i] = q[child]
		i = child
	}
	if n > 0 {
		q[i] = x
	}
	return top
}
