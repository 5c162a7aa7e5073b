package report

import (
	"math"
	"math/rand/v2"
)

// Synthetic results that look like a run's, the same every time.

func synthActivation() ActivationHistogram {
	r := rand.New(rand.NewPCG(1, 1))
	h := ActivationHistogram{Layer: 4, Index: 1032, Where: "prompt row 3", Labels: [2]string{"negative", "positive"}, Threshold: 0.41, Accuracy: 0.783, Split: "test"}
	for i, n := range []int{912, 909} {
		for range n {
			z := r.NormFloat64()*0.55 + 1.1*float64(i) - 0.2
			h.Values[i] = append(h.Values[i], z*0.5*math.Erfc(-z/math.Sqrt2))
		}
	}
	return h
}

func synthLayers(seed uint64, layers, units int, spread float64) [][]float64 {
	r := rand.New(rand.NewPCG(seed, 2))
	out := make([][]float64, layers)
	for l := range out {
		out[l] = make([]float64, units)
		s := spread * (0.3 + float64(l)/float64(layers))
		for i := range out[l] {
			out[l][i] = 0.5 + min(0.42, math.Abs(r.NormFloat64())*0.015+s*math.Pow(r.Float64(), 8))
		}
	}
	return out
}

func synthPredictivity(series int) PredictivityHistogram {
	h := PredictivityHistogram{Chance: 0.517, Split: "dev"}
	for i, name := range []string{"prompt", "mean pooling", "max pooling"}[:series] {
		h.Series = append(h.Series, PredictivitySeries{Name: name, Layers: synthLayers(uint64(i), 6, 1536, 0.25-0.06*float64(i))})
	}
	return h
}

func synthPerturbation(method string, effect float64) PerturbationCurve {
	c := PerturbationCurve{Method: method, Metric: "accuracy", Split: "test, 600 sentences", Interval: "95 %, 5 draws", SkillInterval: "95 %", Majority: 0.517}
	for i := range 9 {
		s := float64(i) * 0.025
		sk := 0.52 + 0.27*math.Exp(-effect*s)
		ra := 0.79 - 0.2*s
		w := 0.06 * math.Sqrt(s)
		c.Points = append(c.Points, PerturbationPoint{Share: s, Skill: sk, SkillLow: sk - 0.03, SkillHigh: sk + 0.03, Random: ra, RandomLow: ra - w, RandomTop: ra + w})
	}
	return c
}

func synthPrune() PruneScores {
	s := PruneScores{Metric: "accuracy", Split: "test, 1,821 sentences; layers 1 to 5 of 6 pruned", Full: 0.791, Majority: 0.517}
	for m, base := range []string{"prompt rows", "sentence rows"} {
		for _, tuned := range []bool{false, true} {
			name := "baseline over " + base
			if tuned {
				name += ", tuned further"
			}
			r := PruneSeries{Name: name, Method: m, Tuned: tuned}
			for i, k := range []float64{0.02, 0.1, 0.25, 0.5} {
				v := 0.6 + 0.05*float64(i) + 0.02*float64(m)
				if tuned {
					v += 0.16 - 0.04*float64(i)
				}
				r.Points = append(r.Points, PrunePoint{Keep: k, Score: v, Low: v - 0.02, High: v + 0.02, Speedup: 1.9 - 0.25*float64(i)})
			}
			s.Series = append(s.Series, r)
		}
	}
	return s
}

func synthTraining() TrainingCurve {
	r := rand.New(rand.NewPCG(5, 5))
	t := TrainingCurve{Metric: "accuracy", Majority: 0.509}
	for i := range 430 {
		t.Steps = append(t.Steps, float64(i+1))
		t.Loss = append(t.Loss, max(0.02, 0.42+0.35*math.Exp(-float64(i)/60)+r.NormFloat64()*0.09))
		if (i+1)%20 == 0 || i == 429 {
			t.DevSteps = append(t.DevSteps, float64(i+1))
			t.Dev = append(t.Dev, 0.79-0.26*math.Exp(-float64(i)/50)+r.NormFloat64()*0.006)
		}
	}
	return t
}

func synthPictures() map[string]Picture {
	return map[string]Picture{
		"activation":           synthActivation(),
		"predictivity":         synthPredictivity(1),
		"predictivity-pooling": synthPredictivity(3),
		"perturb-zero":         synthPerturbation("set to zero", 14),
		"perturb-gaussian":     synthPerturbation("under Gaussian noise", 0.5),
		"layers":               LayerPredictivity{Layers: synthLayers(3, 6, 1536, 0.25), Split: "dev"},
		"pruning":              synthPrune(),
		"training":             synthTraining(),
	}
}

func synthPage() Page {
	figure := func(name, caption string, p Picture) Figure { return Figure{Name: name, Caption: caption, Picture: p} }
	return Page{
		Title: "Skill neurons of mini on SST-2",
		Lead:  "A prompt was tuned on SST-2 films, and each neuron was asked how well its activation alone predicts the label.\n\nThe best one reaches 80.9 % on sentences it was not chosen on.",
		Facts: []Fact{{"backbone", "mini (6 layers of 1,536 neurons); not roberta-base"}, {"seed", "1"}, {"version", "devel"}},
		Sections: []Section{
			{Title: "Tuning", Text: "Two epochs, batches of 32.", Blocks: []Block{figure("training", "Loss of each batch and the dev split's accuracy.", synthTraining())}},
			{Title: "Predictivity", Blocks: []Block{
				figure("activation", "The best neuron of the dev split, on the test split.", synthActivation()),
				figure("predictivity", "All neurons.", synthPredictivity(1)),
				figure("pooling", "All neurons, read in three ways.", synthPredictivity(3)),
				figure("layers", "By layer.", LayerPredictivity{Layers: synthLayers(3, 6, 1536, 0.25), Split: "dev"}),
			}},
			{Title: "Perturbation", Blocks: []Block{
				figure("perturb-zero", "Set to zero.", synthPerturbation("set to zero", 14)),
				Tables{{Caption: "Accuracy with 10 % of the neurons perturbed", Columns: []string{"perturbation", "skill", "random", "difference"},
					Rows:  [][]string{{"zero", "58.7 %", "77.0 %", "−18.3 [−21.0, −15.6]"}, {"gaussian", "78.1 %", "77.9 %", "+0.2 [−0.9, 1.3]"}},
					Notes: []string{"Paired by sentence; 95 % intervals from 2,000 bootstrap samples."}}},
			}},
			{Title: "Pruning", Blocks: []Block{figure("pruning", "Score by share of neurons kept.", synthPrune())}},
			{Title: "Sentences", Blocks: []Block{Cards{
				{Sentence: "a gorgeous , witty , seductive movie .", Label: "positive", Probability: 0.963, Gold: "positive", Skill: 92, Firing: 41,
					Fired: []Fired{{4, 1032, 1.42, 0.41, "positive", 0.783}, {5, 129, 0.93, 0.2, "positive", 0.761}, {3, 7, 0.11, 0.02, "negative", 0.66}},
					Off:   []Effect{{"top 1 % skill neurons off", "positive", 0.71}, {"top 10 % skill neurons off", "negative", 0.58}, {"as many random neurons off", "positive", 0.957}}},
				{Sentence: `<script>alert("x")</script> & "quotes" — bad`, Label: "negative", Probability: 0.51},
			}}},
			{Title: "Next", Blocks: []Block{Commands{{"Perturb with Gaussian noise instead:", "bin/mask --info_path example/info/sst2/0.1 --resume_from example --data_path testdata/sst2 -p --cmp"}}}},
		},
		Closing: "Every number comes from this run; running it again with the same seed gives the same ones.",
	}
}
