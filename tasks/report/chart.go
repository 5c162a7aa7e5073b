package report

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is a picture laid out: title, subtitle and legend in rows at the top, so that they never lie on data, and one or more plots below each
// other that share the X axis.
type chart struct {
	title, subtitle string
	legend          []entry
	panels          []*plot.Plot
}

// entry explains one mark in the legend.
type entry struct {
	text  string
	fill  color.Color // a box
	line  *draw.LineStyle
	glyph *draw.GlyphStyle
}

const (
	margin     = 14 * cssPixel
	legendLine = 20 * cssPixel
	swatch     = 24 * cssPixel
)

func (c *chart) draw(canvas draw.Canvas) {
	canvas.FillPolygon(paper, []vg.Point{
		canvas.Min, {X: canvas.Max.X, Y: canvas.Min.Y}, canvas.Max, {X: canvas.Min.X, Y: canvas.Max.Y},
	})
	canvas = draw.Crop(canvas, margin, -margin, margin, -margin)
	top := canvas.Max.Y
	top = paragraph(canvas, titleText, c.title, top, 22*cssPixel)
	top = paragraph(canvas, subText, c.subtitle, top, 18*cssPixel) - 2*cssPixel
	top = c.drawLegend(canvas, top) - 8*cssPixel
	for i, area := range c.areas(canvas, top) {
		c.panels[i].Draw(area)
	}
}

// paragraph writes text from the left edge in as many lines as it needs, and returns where the next thing may begin.
func paragraph(canvas draw.Canvas, style draw.TextStyle, s string, top, line vg.Length) vg.Length {
	words := strings.Fields(s)
	for len(words) > 0 {
		n := 1
		for n < len(words) && style.Width(strings.Join(words[:n+1], " ")) <= canvas.Size().X {
			n++
		}
		canvas.FillText(style, vg.Point{X: canvas.Min.X, Y: top}, strings.Join(words[:n], " "))
		words, top = words[n:], top-line
	}
	return top
}

// fit shortens text to a width, with an ellipsis where something is missing.
func fit(style draw.TextStyle, s string, width vg.Length) string {
	if style.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && style.Width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// areas divides what is left below top among the panels, with their data areas in one column.
func (c *chart) areas(canvas draw.Canvas, top vg.Length) []draw.Canvas {
	canvas.Max.Y = top
	// Half a tick label may stand out to the right of the last tick.
	canvas.Max.X -= 12 * cssPixel
	if len(c.panels) == 1 {
		return []draw.Canvas{canvas}
	}
	rows := make([][]*plot.Plot, len(c.panels))
	for i, p := range c.panels {
		rows[i] = []*plot.Plot{p}
	}
	var out []draw.Canvas
	for _, row := range plot.Align(rows, draw.Tiles{Rows: len(rows), Cols: 1, PadY: 10 * cssPixel}, canvas) {
		out = append(out, row[0])
	}
	return out
}

// drawLegend writes the entries from left to right, in as many rows as they need, and returns where the next thing may begin.
func (c *chart) drawLegend(canvas draw.Canvas, top vg.Length) vg.Length {
	if len(c.legend) == 0 {
		return top
	}
	x := canvas.Min.X
	style := legendText
	style.YAlign = draw.YCenter
	for _, e := range c.legend {
		e.text = fit(style, e.text, canvas.Size().X-swatch-6*cssPixel)
		w := swatch + 6*cssPixel + style.Width(e.text)
		if x > canvas.Min.X && x+w > canvas.Max.X {
			x, top = canvas.Min.X, top-legendLine
		}
		mid := top - legendLine/2
		letters := mid // of the text's middle, the swatch's is that of its small letters
		mid -= 1.5 * cssPixel
		right := x + swatch
		if e.fill != nil {
			h := 6 * cssPixel
			canvas.FillPolygon(e.fill, []vg.Point{{X: x, Y: mid - h}, {X: right, Y: mid - h}, {X: right, Y: mid + h}, {X: x, Y: mid + h}})
		}
		if e.line != nil {
			canvas.StrokeLine2(*e.line, x, mid, right, mid)
		}
		if e.glyph != nil {
			canvas.DrawGlyph(*e.glyph, vg.Point{X: x + swatch/2, Y: mid})
		}
		canvas.FillText(style, vg.Point{X: right + 6*cssPixel, Y: letters}, e.text)
		x += w + 18*cssPixel
	}
	return top - legendLine
}
