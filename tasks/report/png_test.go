package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// render draws a picture and decodes the PNG again.
func render(t *testing.T, p Picture) *image.RGBA {
	t.Helper()
	b, err := PNG(p)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	// What the encoder saw has no transparency, so that the file has RGB alone.
	rgba, ok := m.(*image.RGBA)
	if !ok {
		t.Fatalf("the picture is decoded as %T", m)
	}
	return rgba
}

func is(m *image.RGBA, x, y int, c color.NRGBA) bool {
	i := m.PixOffset(x, y)
	return m.Pix[i] == c.R && m.Pix[i+1] == c.G && m.Pix[i+2] == c.B
}

func pixelsOf(m *image.RGBA, c color.NRGBA) (n int) {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if is(m, x, y, c) {
				n++
			}
		}
	}
	return n
}

func TestPictures(t *testing.T) {
	uses := map[string][]color.NRGBA{
		"activation":           {orange, blue, ink},
		"predictivity":         {blue, grey},
		"predictivity-pooling": {blue, green, orange, grey},
		"perturb-zero":         {vermillion, blue, grey},
		"perturb-gaussian":     {vermillion, blue, grey},
		"layers":               {vermillion, blue},
		"pruning":              {blue, green, grey, ink},
		"training":             {blue, green, vermillion, grey},
	}
	pictures := synthPictures()
	for _, name := range slices.Sorted(maps.Keys(pictures)) {
		t.Run(name, func(t *testing.T) {
			m := render(t, pictures[name])
			if got := m.Bounds().Size(); got != image.Pt(Width*Scale, Height*Scale) {
				t.Errorf("size %v", got)
			}
			if len(uses[name]) == 0 {
				t.Fatal("no colours are expected of this picture")
			}
			for _, c := range uses[name] {
				if n := pixelsOf(m, c); n < 100 {
					t.Errorf("%d pixels of colour %v", n, c)
				}
			}
			// The margin stays white: nothing is cut off at the edges.
			for y := range m.Bounds().Dy() {
				for x := range m.Bounds().Dx() {
					edge := x < 12 || y < 12 || x >= Width*Scale-12 || y >= Height*Scale-12
					if edge && !is(m, x, y, paper) {
						t.Fatalf("pixel (%d, %d) of the margin is drawn on", x, y)
					}
				}
			}
			if d := pictures[name].Describe(); len(d) < 30 || !strings.HasSuffix(d, ".") {
				t.Errorf("description %q", d)
			}
		})
	}
}

// gridRows finds the rows of the grid: long runs of the grid's colour.
func gridRows(m *image.RGBA) (rows []int) {
	for y := range m.Bounds().Dy() {
		n := 0
		for x := range m.Bounds().Dx() {
			if is(m, x, y, hair) {
				n++
			}
		}
		if n > m.Bounds().Dx()/3 && (len(rows) == 0 || y-rows[len(rows)-1] > 4) {
			rows = append(rows, y)
		}
	}
	return rows
}

// TestPerturbationPositions measures the picture as a reader would: grid lines, whose values stand beside them, give the scale; the markers have to
// lie where their values put them.
func TestPerturbationPositions(t *testing.T) {
	scores := []float64{0.80, 0.70, 0.64, 0.56, 0.60}
	c := PerturbationCurve{Method: "set to zero", Metric: "accuracy"}
	for i, s := range scores {
		c.Points = append(c.Points, PerturbationPoint{Share: 0.05 * float64(i), Skill: s, Random: 0.81, RandomLow: 0.81, RandomTop: 0.81})
	}
	m := render(t, c)
	rows := gridRows(m) // 80, 75, 70, 65, 60, 55 from the top
	if len(rows) != 6 {
		t.Fatalf("grid lines at %v, want six, at 80 to 55", rows)
	}
	perPoint := float64(rows[5]-rows[0]) / 25
	yOf := func(score float64) int { return rows[0] + 1 + int(math.Round((80-100*score)*perPoint)) }

	// The first and last marker give the X scale: the outermost columns whose marker row is vermillion.
	left, right := -1, -1
	for x := range m.Bounds().Dx() {
		if x > 100 && left < 0 && is(m, x, yOf(scores[0]), vermillion) {
			left = x
		}
		if is(m, x, yOf(scores[4]), vermillion) {
			right = x
		}
	}
	radius := int(4 * Scale)
	left, right = left+radius, right-radius
	if left < 100 || right < Width*Scale/2 {
		t.Fatalf("first marker at %d, last at %d", left, right)
	}
	for i, s := range scores {
		x, y := left+(right-left)*i/4, yOf(s)
		for _, d := range []image.Point{{}, {5, 0}, {-5, 0}, {0, 5}, {0, -5}, {4, 4}, {-4, 4}, {4, -4}, {-4, -4}} {
			if !is(m, x+d.X, y+d.Y, vermillion) {
				t.Errorf("score %g: pixel (%d, %d) by its marker is %v", s, x+d.X, y+d.Y, m.At(x+d.X, y+d.Y))
			}
		}
		if is(m, x, y+radius+6, vermillion) && is(m, x, y-radius-6, vermillion) {
			t.Errorf("score %g: the marker has no end at (%d, %d)", s, x, y)
		}
	}
}

// TestHistogramHeights checks bars against counts done by hand.
func TestHistogramHeights(t *testing.T) {
	got := histogram([]float64{0, 0.1, 0.5, 1, 1.5, 2.999, 3, -1, 7}, []float64{0, 1, 2, 3})
	if want := []float64{4, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("counts %v, want %v", got, want)
	}
	for _, vs := range [][]float64{{1, 1, 1}, {0}, {-2, 5, 5, 5, 5, 5, 5, 5}, {1e-300, 2e-300}} {
		edges := bins(vs, 0.5)
		lo, hi := min(slices.Min(vs), 0.5), max(slices.Max(vs), 0.5)
		if edges[0] > lo || edges[len(edges)-1] < hi || !slices.IsSorted(edges) || len(edges) < 31 || len(edges) > 61 {
			t.Errorf("bins of %v: %d edges from %g to %g", vs, len(edges), edges[0], edges[len(edges)-1])
		}
	}
}

// TestPredictivityBars reads the heights of bars off the picture: 1000, 100 and 10 neurons stand on grid lines.
func TestPredictivityBars(t *testing.T) {
	var units []float64
	for i, n := range []int{1000, 100, 10} {
		for range n {
			units = append(units, 0.505+0.05*float64(i))
		}
	}
	m := render(t, PredictivityHistogram{Series: []PredictivitySeries{{Name: "prompt", Layers: [][]float64{units}}}, Split: "dev"})
	rows := gridRows(m) // 1,000, 100, 10 and 1 from the top
	if len(rows) != 4 {
		t.Fatalf("grid lines at %v, want four", rows)
	}
	decade := float64(rows[3]-rows[0]) / 3
	for i := range 3 {
		if d := float64(rows[i+1]-rows[i]) - decade; math.Abs(d) > 1 {
			t.Errorf("decades differ by %g pixels", d)
		}
		widest := 0
		for y := rows[i] - 4; y <= rows[i]+4; y++ {
			run := 0
			for x := range m.Bounds().Dx() {
				if is(m, x, y, blue) {
					run++
				}
			}
			widest = max(widest, run)
		}
		if widest < 40 {
			t.Errorf("no bar ends at the grid line of %d neurons", []int{1000, 100, 10}[i])
		}
	}
}

func TestWritePNG(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b.png")
	if err := WritePNG(path, synthTraining()); err != nil {
		t.Fatal(err)
	}
	want, err := PNG(synthTraining())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("file of %d bytes, picture of %d: %v", len(got), len(want), err)
	}
	// A failed write must leave the old file and no other.
	bad := synthTraining()
	bad.Loss[7] = math.NaN()
	if err := WritePNG(path, bad); err == nil || !strings.Contains(err.Error(), "loss: value 7 is NaN") {
		t.Errorf("error %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("folder holds %v, %v", left, err)
	}
	if err := WritePNG(filepath.Join(path, "c.png"), synthTraining()); err == nil {
		t.Error("no error below a file")
	}
}
