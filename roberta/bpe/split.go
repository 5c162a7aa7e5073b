package bpe

// pieceEnd returns where the piece of valid UTF-8 that begins at s[i] ends under
// GPT-2's pattern, whose alternatives are tried in this order:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func pieceEnd(s string, i int) int {
	if s[i] == '\'' {
		if n := contraction(s[i+1:]); n > 0 {
			return i + 1 + n
		}
	}
	if s[i] == ' ' && i+1 < len(s) {
		if k, n := classAt(s, i+1); k != space {
			return runEnd(s, i+1+n, k)
		}
	}
	k, n := classAt(s, i)
	if k != space {
		return runEnd(s, i+n, k)
	}
	return blanksEnd(s, i, i+n)
}

// contraction returns how many bytes of s the endings 's 't 're 've 'm 'll 'd
// take behind their apostrophe.
func contraction(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] {
	case 's', 't', 'm', 'd':
		return 1
	case 'r', 'v':
		if len(s) > 1 && s[1] == 'e' {
			return 2
		}
	case 'l':
		if len(s) > 1 && s[1] == 'l' {
			return 2
		}
	}
	return 0
}

// runEnd returns where the run of class k ends that reaches up to s[i].
func runEnd(s string, i int, k class) int {
	for i < len(s) {
		next, n := classAt(s, i)
		if next != k {
			break
		}
		i += n
	}
	return i
}

// blanksEnd returns where the piece of blanks ends whose first one is s[start:end].
// `\s+(?!\S)` leaves the last blank before a word to that word; a lone blank that no
// word can take falls to `\s+`.
func blanksEnd(s string, start, end int) int {
	last := start
	for end < len(s) {
		k, n := classAt(s, end)
		if k != space {
			if last == start {
				return end
			}
			return last
		}
		last, end = end, end+n
	}
	return end
}
