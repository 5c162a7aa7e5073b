package stats_test

import (
	"fmt"

	"github.com/skillneuron/skillneuron/tasks/stats"
)

func ExamplePair() {
	skill := make([]bool, 100) // right under perturbed skill neurons
	random := make([]bool, 100)
	for i := range 100 {
		skill[i], random[i] = i < 60, i < 70
	}
	p := stats.Pair(skill, random)
	fmt.Println(p.Difference, "null:", p.Null())
	// Output: -0.100 [-0.162, -0.038] null: false
}
