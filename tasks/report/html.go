package report

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"paragraphs": paragraphs,
	"percent":    percent,
	"activation": activation,
	"fired":      Card.fired,
	"kind":       kind,
	"numeric":    Table.Numeric,
	"meter":      meter,
	"src":        func(f Figure) string { return figurePath(f.Name) },
	"alt":        func(f Figure) string { return f.alt() },
}).Parse(pageHTML))

// paragraphs splits text at empty lines.
func paragraphs(s string) []string {
	var out []string
	for _, p := range strings.Split(s, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// kind names a block for the template.
func kind(b Block) string {
	switch b.(type) {
	case Figure:
		return "figure"
	case Tables:
		return "tables"
	case Cards:
		return "cards"
	}
	return "commands"
}

// meter is a probability as the width of a bar in per cent.
func meter(v float64) string { return number(100*math.Min(1, math.Max(0, v)), 1) }

func (f Figure) alt() string {
	if f.Alt != "" {
		return f.Alt
	}
	return f.Picture.Describe()
}

// figurePath is a picture's place below the page's folder, with forward slashes.
func figurePath(name string) string { return "figures/" + name + ".png" }

// check tests the whole page before anything is drawn.
func (p Page) check() error {
	names := map[string]bool{}
	for _, s := range p.Sections {
		for _, b := range s.Blocks {
			if err := b.check(); err != nil {
				return fmt.Errorf("page %q, section %q: %w", p.Title, s.Title, err)
			}
			if f, ok := b.(Figure); ok {
				if names[f.Name] {
					return fmt.Errorf("page %q, section %q: two figures are named %q", p.Title, s.Title, f.Name)
				}
				names[f.Name] = true
			}
		}
	}
	return nil
}

// Write writes index.html and figures/NAME.png below dir, which is made if need be. The page is checked and drawn before the first file is
// written, each file appears complete or not at all, and index.html comes last; it needs nothing but the files beside it.
func (p Page) Write(dir string) error {
	if err := p.check(); err != nil {
		return err
	}
	pictures := map[string][]byte{}
	for _, s := range p.Sections {
		for _, b := range s.Blocks {
			if f, ok := b.(Figure); ok {
				png, err := PNG(f.Picture)
				if err != nil {
					return fmt.Errorf("figure %q: %w", f.Name, err)
				}
				pictures[f.Name] = png
			}
		}
	}
	var html strings.Builder
	if err := p.HTML(&html); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "figures"), 0o777); err != nil {
		return fmt.Errorf("making a folder for the report: %w", err)
	}
	for name, png := range pictures {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(figurePath(name))), png); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(dir, "index.html"), []byte(html.String()))
}

// HTML writes the page alone; its pictures are expected in figures/.
func (p Page) HTML(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := pageTemplate.Execute(w, struct {
		Page
		Icon          template.URL
		Width, Height int
	}{p, icon, Width, Height}); err != nil {
		return fmt.Errorf("page %q: %w", p.Title, err)
	}
	return nil
}

// icon is a neuron's dot for the browser's tab, inline so that the browser asks for no favicon.
var icon = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(
	`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="#D55E00"/></svg>`)))
