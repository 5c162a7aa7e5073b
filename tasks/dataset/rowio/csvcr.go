package rowio

import "bufio"

// quotedCR doubles the carriage return of a CRLF inside quotation marks: encoding/csv drops one there, and Python, which wrote such cells, keeps it.
type quotedCR struct {
	br                *bufio.Reader
	quoted, cr, owing bool // inside quotation marks; behind a carriage return; a line feed is still to come
}

func (q *quotedCR) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if q.owing {
			p[n], q.owing = '\n', false
			n++
			continue
		}
		if n > 0 && q.br.Buffered() == 0 {
			return n, nil
		}
		c, err := q.br.ReadByte()
		if err != nil {
			return n, err
		}
		switch {
		case c == '"':
			q.quoted = !q.quoted
		case c == '\n' && q.cr && q.quoted:
			c, q.owing = '\r', true
		}
		q.cr = c == '\r' && !q.owing
		p[n] = c
		n++
	}
	return n, nil
}
