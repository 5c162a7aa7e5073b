package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Polarity of a class, by index as in the paper's code: a verbalizer's words follow class indices too.
const (
	conflict = iota
	negative
	neutral
	positive
)

var polarities = map[int][]int{
	3: {negative, neutral, positive},
	4: {conflict, negative, neutral, positive},
}

// A half is one of the tasks that binarize makes: what a class becomes, dropped for a class that is left out.
type half struct {
	suffix string
	label  []int // by class
	words  [][]string
	names  []string // what the two labels mean
	known  bool     // the classes have names, and these are made of them
}

// halves are the two tasks of a task of three or four classes, of whose words the first keeps its own.
func halves(t Task) []half {
	of := func(to [4]int) (label []int) {
		for _, p := range polarities[t.Labels] {
			label = append(label, to[p])
		}
		return label
	}
	names, known := []string{"negative", "neutral", "positive"}, len(t.Classes) == t.Labels && !t.integerNames()
	if known {
		names = t.Classes[t.Labels-3:]
	}
	pn := half{"pn", of([4]int{conflict: dropped, negative: 0, neutral: dropped, positive: 1}), defaultWords(2), []string{names[0], names[2]}, known}
	if len(t.Words) == t.Labels {
		pn.words = [][]string{t.Words[t.Labels-3], t.Words[t.Labels-1]}
	}
	neu := half{"neu", of([4]int{conflict: 0, negative: 0, neutral: 1, positive: 0}), defaultWords(2), []string{"not " + names[1], names[1]}, known}
	return []half{pn, neu}
}

// against is the task of one class and the rest. Its words are the class's name and "other".
func against(t Task, class string) (half, error) {
	k := slices.IndexFunc(t.Classes, func(c string) bool { return fold(c) == fold(class) })
	if n, err := strconv.Atoi(class); k < 0 && err == nil {
		k = n
	}
	if k < 0 || k >= t.Labels {
		known := fmt.Sprintf("0 to %d", t.Labels-1)
		if len(t.Classes) == t.Labels {
			known = list(t.Classes) + ", or " + known
		}
		return half{}, Usagef("--positive %s: %s has no such class; it has %s", class, t.Name, known)
	}
	h := half{label: make([]int, t.Labels), words: defaultWords(2), names: []string{"any other class", "class " + strconv.Itoa(k)}}
	h.label[k] = 1
	name := strconv.Itoa(k)
	if len(t.Classes) == t.Labels {
		name = t.Classes[k]
		h.words, h.names, h.known = single("other", name), []string{"not " + name, name}, true
	}
	h.suffix = strings.Map(func(r rune) rune {
		if validName("x" + string(r)) {
			return r
		}
		return '_'
	}, name)
	return h, nil
}

// byIndex says what each class is taken for, unless they are called so: an empty text then, and where classes have no names.
func byIndex(t Task) string {
	var taken []string
	called := 0
	for k, p := range polarities[t.Labels] {
		if k < len(t.Classes) && !t.integerNames() {
			word := [...]string{conflict: "conflict", negative: "negative", neutral: "neutral", positive: "positive"}[p]
			taken = append(taken, t.Classes[k]+" for "+word)
			if strings.HasPrefix(word, fold(t.Classes[k])) {
				called++
			}
		}
	}
	switch {
	case len(taken) == 0 || called == len(taken):
		return ""
	case called > 0:
		return "by index, as in the original, " + strings.Join(taken, ", ")
	}
	return fmt.Sprintf("%s has no class that is called neutral: by index, as in the original, %s is taken; --positive CLASS makes one class against the rest, such as --positive %s", t.Name, strings.Join(taken, ", "), t.Classes[0])
}
