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
	Must(len(a.QOff) == len(a.KVOff) && len(a.QOff) > 0, op, "%d query and %d key offsets", len(a.QOff), len(a.KVOff))
	s := len(a.QOff) - 1
	Must(a.QOff[0] == 0 && int(a.QOff[s]) == q.Rows, op, "query offsets end at %d of %d rows", a.QOff[s], q.Rows)
	Must(a.KVOff[0] == 0 && int(a.KVOff[s]) == kv.Rows, op, "key offsets end at %d of %d rows", a.KVOff[s], kv.Rows)
	for i := range s {
		Must(a.QOff[i] <= a.QOff[i+1] && a.KVOff[i] <= a.KVOff[i+1], op, "offsets fall at sentence %d", i)
		Must(a.QOff[i] == a.QOff[i+1] || a.KVOff[i] < a.KVOff[i+1], op, "sentence %d has queries and no keys", i)
	}
	Must(a.Heads > 0 && q.Cols%a.Heads == 0, op, "%d columns into %d heads", q.Cols, a.Heads)
	Must(kv.Cols == 2*q.Cols, op, "kv has %d columns, want %d", kv.Cols, 2*q.Cols)
}
