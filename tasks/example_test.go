package tasks_test

import (
	"fmt"

	"github.com/skillneuron/skillneuron/tasks"
	"github.com/skillneuron/skillneuron/testdata/mini"
)

// Load a tuned classifier, classify ten sentences, and read what its best skill neuron did meanwhile. A pruned model loads the same way.
func Example() {
	c, err := tasks.LoadClassifier("../testdata/prompt", tasks.ClassifierOptions{Mini: mini.FS()})
	if err != nil {
		fmt.Println(err)
		return
	}
	best := tasks.Neuron{Layer: 5, Index: 727, Row: 14} // what probe found: above its baseline of -0.130 it speaks for "positive"
	sentences := []string{
		"a gripping , moving and funny film",
		"a dull , lifeless mess",
		"the acting is superb",
		"i wanted my money back",
		"one of the best movies of the year",
		"it never comes together",
		"charming from beginning to end",
		"a waste of two hours",
		"beautifully shot and beautifully told",
		"the jokes are stale and the plot is thin",
	}
	readings, err := c.Read(sentences, []tasks.Neuron{best}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, r := range readings {
		fmt.Printf("%-8s %.2f %+.3f  %s\n", r.Word, r.Probability, r.Activations[0], sentences[i])
	}
	// Output:
	// positive 0.97 -0.115  a gripping , moving and funny film
	// negative 0.89 -0.134  a dull , lifeless mess
	// positive 0.69 -0.106  the acting is superb
	// negative 0.67 -0.144  i wanted my money back
	// negative 0.52 -0.109  one of the best movies of the year
	// negative 0.56 -0.136  it never comes together
	// positive 0.52 -0.143  charming from beginning to end
	// negative 0.76 -0.145  a waste of two hours
	// positive 0.89 -0.119  beautifully shot and beautifully told
	// negative 0.85 -0.135  the jokes are stale and the plot is thin
}
