package engine

// Ragged says which rows of q and kv belong together in [Backend.Attention], and with what.
type Ragged struct {
	QOff  []int32 // [S+1] first query row of each sentence
	KVOff []int32 // [S+1] first key row of each sentence
	Heads int
	Drop  Dropout // of the attention weights; element (head·queries + query)·keys + key of its sentence
}

// Check panics with a [*Fault] unless offsets fit q [Q, H] and kv [R, 2H].
func (a Ragged) Check(op string, q, kv Tensor) {
	n, m := len(a.QOff), len(a.KVOff)
	if n != m || n == 0 {
		Fail(op, "%d query and %d key offsets", n, m)
	}
	s := n - 1
	if a.QOff[0] != 0 || int(a.QOff[s]) != q.Rows {
		Fail(op, "query offsets end at %d of %d rows", a.QOff[s], q.Rows)
	}
	if a.KVOff[0] != 0 || int(a.KVOff[s]) != kv.Rows {
		Fail(op, "key offsets end at %d of %d rows", a.KVOff[s], kv.Rows)
	}
	for i := range s {
		if a.QOff[i] > a.QOff[i+1] || a.KVOff[i] > a.KVOff[i+1] {
			Fail(op, "offsets fall at sentence %d", i)
		}
		if a.QOff[i] < a.QOff[i+1] && a.KVOff[i] == a.KVOff[i+1] {
			Fail(op, "sentence %d has queries and no keys", i)
		}
	}
	if a.Heads <= 0 || q.Cols%a.Heads != 0 {
		Fail(op, "%d columns into %d heads", q.Cols, a.Heads)
	}
	if kv.Cols != 2*q.Cols {
		Fail(op, "kv has %d columns, want %d", kv.Cols, 2*q.Cols)
	}
}
