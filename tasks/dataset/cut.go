package dataset

import (
	"fmt"
	"slices"

	"github.com/skillneuron/skillneuron/internal/amount"
)

// cut makes train, dev and test of the labelled splits, in the way that their number asks for.
func (d *Data) cut(raws []*rawSplit, seed uint64) error {
	var have []*rawSplit // in the order train, dev, test
	for _, r := range raws {
		if !r.unlabelled {
			have = append(have, r)
		}
	}
	switch first := have[0]; len(have) {
	case 3:
		d.Rule = "train, dev and test as found"
		d.Train, d.Dev, d.Test = newSplit("train", have[0].examples()), newSplit("dev", have[1].examples()), newSplit("test", have[2].examples())
	case 2:
		d.Rule = fmt.Sprintf("%s cut 80/20 into train and dev with seed %d, test is %s", first.base(), seed, have[1].base())
		parts, err := first.part(seed, 5)
		if err != nil {
			return err
		}
		d.Train, d.Dev, d.Test = newSplit("train", parts[0]), newSplit("dev", parts[1]), newSplit("test", have[1].examples())
	default:
		d.Rule = fmt.Sprintf("%s cut 80/10/10 into train, dev and test with seed %d", first.base(), seed)
		parts, err := first.part(seed, 10, 10)
		if err != nil {
			return err
		}
		d.Train, d.Dev, d.Test = newSplit("train", parts[0]), newSplit("dev", parts[1]), newSplit("test", parts[2])
	}
	return nil
}

// part takes out one random 1/s of the rows, rounded down, for each s of shares; what is left comes first. Each part
// keeps the file's order.
func (r *rawSplit) part(seed uint64, shares ...int) ([][]Example, error) {
	ex := r.examples()
	if least := slices.Max(shares); len(ex) < least {
		return nil, &FileError{File: r.Path, Problem: amount.Of(len(ex), "row") + ", too few to be cut into splits",
			Remedy: "give at least " + amount.Of(least, "row") + ", or a file for each split"}
	}
	order := Stream(seed, "split").Perm(len(ex))
	pick := func(rows []int) []Example {
		slices.Sort(rows)
		out := make([]Example, len(rows))
		for i, p := range rows {
			out[i] = ex[p]
		}
		return out
	}
	var taken [][]Example
	for _, s := range shares {
		n := len(ex) / s
		taken = append(taken, pick(order[:n]))
		order = order[n:]
	}
	return append([][]Example{pick(order)}, taken...), nil
}
