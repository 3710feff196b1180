package check

import (
	"context"

	"github.com/dreamql/dreamql/engine/source"
)

// Exporter is a catalogue that knows which packages export a function of a name, newest and best first. It is asked where a
// program calls a function that it has not imported.
type Exporter interface {
	Exporting(ctx context.Context, function string) []string
}

// importable offers to import an unknown function from the packages that export it.
func (c *checker) importable(d source.Diagnostic, name string) source.Diagnostic {
	world, ok := c.cat.(Exporter)
	if !ok || c.site != (span{}) {
		return d
	}
	const most = 3
	for i, pkg := range world.Exporting(c.ctx, name) {
		if i == most {
			break
		}
		text := "import " + pkg + " (" + written(name) + ")"
		if i == 0 {
			d.Help = "write " + text
		}
		d = with(d, insert("import it from "+pkg, d.Span, 0, text+"\n"))
	}
	return d
}
