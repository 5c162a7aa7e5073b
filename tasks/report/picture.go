package report

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Size of every picture in CSS pixels, and how many pixels of the file make one.
const (
	Width, Height = 680, 420
	Scale         = 2
)

// cssPixel is a CSS pixel on the drawing canvas.
const cssPixel = vg.Inch / 96

// Picture is data that can be drawn: a closed set.
type Picture interface {
	// chart lays the picture out, or says why the data cannot be drawn.
	chart() (*chart, error)
	// Describe says in a sentence or two what the picture shows.
	Describe() string
}

// PNG draws a picture as a PNG file of Scale·Width × Scale·Height pixels.
func PNG(p Picture) ([]byte, error) {
	c, err := p.chart()
	if err != nil {
		return nil, err
	}
	canvas := vgimg.NewWith(vgimg.UseWH(Width*cssPixel, Height*cssPixel), vgimg.UseDPI(96*Scale))
	c.draw(draw.New(canvas))
	var b bytes.Buffer
	if err := png.Encode(&b, canvas.Image()); err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	return b.Bytes(), nil
}

// WritePNG draws a picture into a file; its folder is made if need be, and the file appears complete or not at all.
func WritePNG(path string, p Picture) error {
	b, err := PNG(p)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("making a folder for a picture: %w", err)
	}
	return writeFile(path, b)
}

// writeFile writes under a temporary name and renames, so that nothing half-written bears the final one.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // without effect once renamed
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
