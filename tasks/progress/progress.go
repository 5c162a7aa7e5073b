package progress

// Progress receives how far a piece of work has come. Implementations accept calls from several goroutines at once.
type Progress interface {
	// Start begins a stretch of work: what is done, how many units it has (0 or less when nobody knows), and the unit's name in the plural,
	// such as "sentences". A stretch still open ends first.
	Start(what string, total int, unit string)
	// Add reports n more units done. Outside a stretch it does nothing.
	Add(n int)
	// Note reports one line that stays, such as a score on the dev split.
	Note(msg string)
	// Done ends the stretch.
	Done()
}

// Discard reports to nobody.
var Discard Progress = discard{}

type discard struct{}

func (discard) Start(string, int, string) {}
func (discard) Add(int)                   {}
func (discard) Note(string)               {}
func (discard) Done()                     {}

// Or returns p, and [Discard] in place of nil, so that a zero Config works.
func Or(p Progress) Progress {
	if p == nil {
		return Discard
	}
	return p
}
