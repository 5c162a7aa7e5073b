package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// horizontals is the grid: a light line at each tick of the Y axis.
type horizontals struct{}

func (horizontals) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if !t.IsMinor() && t.Value >= p.Y.Min && t.Value <= p.Y.Max {
			c.StrokeLine2(draw.LineStyle{Color: hair, Width: thin}, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		}
	}
}

// vertical marks a value of the X axis with a line and a text beside its upper end, on the side that has room.
type vertical struct {
	x    float64
	text string
	line draw.LineStyle
}

func (v vertical) Plot(c draw.Canvas, p *plot.Plot) {
	tx, _ := p.Transforms(&c)
	x := tx(v.x)
	c.StrokeLine2(v.line, x, c.Min.Y, x, c.Max.Y)
	beside(c, v.text, x, c.Max.Y, v.line.Color)
}

// beside writes text to the right of x, or to its left where the right has no room.
func beside(c draw.Canvas, s string, x, top vg.Length, ink color.Color) {
	style := markText
	style.Color = ink
	const gap = 5 * cssPixel
	w := style.Width(s)
	left := x + gap
	if left+w > c.Max.X {
		left = x - gap - w
	}
	if s == "" {
		return
	}
	// White behind the letters keeps the grid out of them.
	bottom := top - style.Height(s) - 3*cssPixel
	c.FillPolygon(paper, []vg.Point{{X: left, Y: top}, {X: left + w, Y: top}, {X: left + w, Y: bottom}, {X: left, Y: bottom}})
	c.FillText(style, vg.Point{X: left, Y: top}, s)
}

// level marks a value of the Y axis with a dashed line; what it means stands in the legend.
type level struct {
	y    float64
	line draw.LineStyle
}

func (l level) Plot(c draw.Canvas, p *plot.Plot) {
	_, ty := p.Transforms(&c)
	c.StrokeLine2(l.line, c.Min.X, ty(l.y), c.Max.X, ty(l.y))
}

// steps is the outline of a histogram whose bin i spans edges[i] to edges[i+1], filled down to floor. Bins at the floor have no outline, so that
// empty ones leave the axis clear.
type steps struct {
	edges, heights []float64
	floor          float64
	fill           color.Color
	line           draw.LineStyle
}

func (s steps) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	at := func(x, y float64) vg.Point { return vg.Point{X: tx(x), Y: ty(max(y, s.floor))} }
	for i := 0; i < len(s.heights); i++ {
		if s.heights[i] <= s.floor {
			continue
		}
		outline := []vg.Point{at(s.edges[i], s.floor)}
		for ; i < len(s.heights) && s.heights[i] > s.floor; i++ {
			outline = append(outline, at(s.edges[i], s.heights[i]), at(s.edges[i+1], s.heights[i]))
		}
		outline = append(outline, at(s.edges[i], s.floor))
		c.FillPolygon(s.fill, outline)
		c.StrokeLines(s.line, outline)
	}
}

// band fills the area between two curves over the same x.
type band struct {
	x, lo, hi []float64
	fill      color.Color
}

func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	var area []vg.Point
	for i, x := range b.x {
		area = append(area, vg.Point{X: tx(x), Y: ty(b.hi[i])})
	}
	for i := len(b.x) - 1; i >= 0; i-- {
		area = append(area, vg.Point{X: tx(b.x[i]), Y: ty(b.lo[i])})
	}
	c.FillPolygon(b.fill, area)
}

// whiskers are error bars without caps.
type whiskers struct {
	x, lo, hi []float64
	line      draw.LineStyle
}

func (w whiskers) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, x := range w.x {
		if w.hi[i] > w.lo[i] {
			c.StrokeLine2(w.line, tx(x), ty(w.lo[i]), tx(x), ty(w.hi[i]))
		}
	}
}

// curve draws points joined by a line; either style may be nil.
type curve struct {
	x, y  []float64
	line  *draw.LineStyle
	glyph *draw.GlyphStyle
}

func (k curve) Plot(c draw.Canvas, p *plot.Plot) {
	xys := make(plotter.XYs, len(k.x))
	for i := range k.x {
		xys[i] = plotter.XY{X: k.x[i], Y: k.y[i]}
	}
	if k.line != nil {
		(&plotter.Line{XYs: xys, LineStyle: *k.line}).Plot(c, p)
	}
	if k.glyph != nil {
		(&plotter.Scatter{XYs: xys, GlyphStyle: *k.glyph}).Plot(c, p)
	}
}

// disc is a filled circle with a white rim that sets it apart from lines below it; with hollow it is a ring.
type disc struct{ hollow bool }

func (d disc) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	circle := func(r vg.Length, ink color.Color) {
		var path vg.Path
		path.Move(vg.Point{X: at.X + r, Y: at.Y})
		path.Arc(at, r, 0, 2*3.141592653589793)
		path.Close()
		c.SetColor(ink)
		c.Fill(path)
	}
	circle(s.Radius+1.25*cssPixel, paper)
	circle(s.Radius, s.Color)
	if d.hollow {
		circle(s.Radius-1.5*cssPixel, paper)
	}
}

func dot(c color.Color) *draw.GlyphStyle {
	return &draw.GlyphStyle{Color: c, Radius: 4 * cssPixel, Shape: disc{}}
}

func ring(c color.Color) *draw.GlyphStyle {
	return &draw.GlyphStyle{Color: c, Radius: 4 * cssPixel, Shape: disc{hollow: true}}
}

func stroke(c color.Color, w vg.Length) *draw.LineStyle {
	return &draw.LineStyle{Color: c, Width: w}
}

func dashed(c color.Color) *draw.LineStyle {
	return &draw.LineStyle{Color: c, Width: 1.5 * cssPixel, Dashes: dashes}
}
