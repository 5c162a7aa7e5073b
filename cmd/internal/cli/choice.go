package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skillneuron/skillneuron/internal/near"
)

// valueError says what is wrong with a flag's value in words of its own.
type valueError struct{ msg string }

func (e *valueError) Error() string { return e.msg }

// choice is a flag value out of a few.
type choice struct {
	to *string
	of []string
}

func (c *choice) String() string { return *c.to }
func (c *choice) Type() string   { return "choice" }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.of, s) {
		msg := fmt.Sprintf("%q is not one of %s", s, strings.Join(c.of, ", "))
		if q := near.Question(s, c.of, ""); q != "" {
			msg += "; " + q
		}
		return &valueError{msg}
	}
	*c.to = s
	return nil
}

// ChoiceVar registers a flag that takes one of the given values; *p holds the default.
func (f *Flags) ChoiceVar(p *string, name, usage string, of ...string) {
	f.Var(&choice{to: p, of: of}, name, usage)
}
