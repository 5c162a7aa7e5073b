package hub

// bar counts in MB.
type bar struct {
	p    Progress
	told int64
}

const megabyte = 1_000_000

func (c *Client) bar(what string, size int64) *bar {
	if c.Progress == nil || size >= 0 && size < megabyte {
		return &bar{}
	}
	c.Progress.Start(what, int(max(0, size)/megabyte), "MB")
	return &bar{p: c.Progress}
}

func (b *bar) set(have int64) {
	if b.p == nil {
		return
	}
	if n := have/megabyte - b.told; n != 0 {
		b.p.Add(int(n))
		b.told += n
	}
}

func (b *bar) done() {
	if b.p != nil {
		b.p.Done()
	}
}
