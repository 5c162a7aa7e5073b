package report

import (
	"image/color"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Colours of Okabe and Ito's palette, which the colour-blind tell apart. One meaning keeps one colour on every picture.
var (
	blue       = color.NRGBA{0x00, 0x72, 0xB2, 0xff} // positive, the prompt, the paper's way
	orange     = color.NRGBA{0xE6, 0x9F, 0x00, 0xff} // negative, max pooling
	green      = color.NRGBA{0x00, 0x9E, 0x73, 0xff} // mean pooling, sentence rows
	vermillion = color.NRGBA{0xD5, 0x5E, 0x00, 0xff} // skill neurons
	purple     = color.NRGBA{0xAA, 0x44, 0x99, 0xff}
	grey       = color.NRGBA{0x77, 0x77, 0x77, 0xff} // random neurons, chance
	ink        = color.NRGBA{0x1a, 0x1a, 0x1a, 0xff}
	softInk    = color.NRGBA{0x55, 0x55, 0x55, 0xff}
	hair       = color.NRGBA{0xe4, 0xe4, 0xe4, 0xff} // grid
	paper      = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// series are the colours of series that have no meaning of their own, in order.
var series = []color.NRGBA{blue, green, orange, purple, vermillion, grey}

// fade returns a colour with the given opacity, 0 to 1.
func fade(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(255*opacity + 0.5)
	return c
}

// Line widths.
const (
	thin  = 1 * cssPixel
	thick = 2.25 * cssPixel
)

var dashes = []vg.Length{5 * cssPixel, 4 * cssPixel}

// text is a style for text of a size in CSS pixels.
func text(px float64, c color.Color, bold bool) draw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Length(px) * cssPixel}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, XAlign: draw.XLeft, YAlign: draw.YTop, Handler: plot.DefaultTextHandler}
}

var (
	titleText  = text(16, ink, true)
	subText    = text(12.5, softInk, false)
	labelText  = text(12.5, ink, false)
	tickText   = text(12, softInk, false)
	legendText = text(12.5, ink, false)
	markText   = text(12, ink, false)
)

// newPlot is an empty plot in the house style: no frame, light horizontal grid, few ticks.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.Transparent
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Label.TextStyle.Color = labelText.Font, labelText.Color
		a.Tick.Label.Font, a.Tick.Label.Color = tickText.Font, tickText.Color
		a.Label.Padding = 4 * cssPixel
		a.LineStyle = draw.LineStyle{Color: softInk, Width: thin}
		a.Tick.LineStyle = draw.LineStyle{Color: softInk, Width: thin}
		a.Tick.Length = 4 * cssPixel
		a.Padding = 0
		a.Tick.Marker = ticks{}
	}
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.Y.LineStyle.Width = 0
	p.Y.Tick.LineStyle.Width = 0
	p.Y.Tick.Length = 2 * cssPixel
	p.Add(horizontals{})
	return p
}
