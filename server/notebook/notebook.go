// Package notebook keeps notebooks: a title and cells of text, queries and functions, every saved version, and the Markdown file
// (.dql.md) that a notebook is outside of the database.
//
// It must not run anything (package run does) and knows no results. A new kind of cell is a Kind here and a case in
// markdown.go.
package notebook

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/server/problem"
)

// Kind is what a cell holds.
type Kind string

const (
	Query    Kind = "query"
	Text     Kind = "text"
	Function Kind = "function" // defines functions that other cells call
)

// View is how a cell shows its result; the zero View is a table.
type View struct {
	As    string `json:"as,omitempty"` // table, bar, line, scatter
	X     string `json:"x,omitempty"`
	Y     string `json:"y,omitempty"`
	Color string `json:"color,omitempty"`
}

// Cell is a part of a notebook. ID is chosen by whoever makes it and unique in its notebook.
type Cell struct {
	ID     string `json:"id"`
	Kind   Kind   `json:"kind"`
	Source string `json:"source"`
	// Language of a function cell; "" is DreamQL.
	Language foreign.Language `json:"language,omitempty"`
	View     View             `json:"view,omitzero"`
}

// Content is what people edit.
type Content struct {
	Title string
	Cells []Cell
	Pins  []Pin // in a file; in the database they are the lock (package lock)
}

// Pin is the version and bytes of a package that a notebook was made with.
type Pin struct {
	Package string // scope/name
	Version string
	Digest  string // SHA-256 in hexadecimal
}

// Notebook is saved content. Version goes up by one at each save.
type Notebook struct {
	ID      string
	Version int64
	Content
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time
}

// Summary is a notebook in a list.
type Summary struct {
	ID        string
	Title     string
	Version   int64
	Cells     int
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time
}

// dreamql is what "" means as the language of a function cell.
const dreamql foreign.Language = "dreamql"

const (
	maxCells  = 1000
	maxTitle  = 200
	maxSource = 1 << 20 // bytes of one cell
	maxTotal  = 2 << 20 // bytes of all cells
)

var cellID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// NewCellID makes an ID for a cell that has none.
func NewCellID() string { return strings.ReplaceAll(uuid.NewString(), "-", "")[:12] }

// normal returns the content with line ends as "\n" and its title trimmed, or says what is wrong with it.
func (c Content) normal() (Content, error) {
	c.Title = strings.Join(strings.Fields(c.Title), " ")
	if c.Title == "" || utf8.RuneCountInString(c.Title) > maxTitle || !storable(c.Title) {
		return c, problem.New(problem.InvalidRequest, "The title must have 1 to %d characters.", maxTitle)
	}
	if len(c.Cells) > maxCells {
		return c, problem.New(problem.TooLarge, "A notebook may have at most %d cells, this one has %d: split it.", maxCells, len(c.Cells))
	}
	cells, total, seen := make([]Cell, len(c.Cells)), 0, map[string]bool{}
	for i, cell := range c.Cells {
		switch {
		case !cellID.MatchString(cell.ID):
			return c, problem.New(problem.InvalidRequest, "Cell %d needs an id of 1 to 64 letters, digits, _ and -.", i+1)
		case seen[cell.ID]:
			return c, problem.New(problem.InvalidRequest, "Two cells have the id %s. Give one of them another.", cell.ID)
		case cell.Kind != Query && cell.Kind != Text && cell.Kind != Function:
			return c, problem.New(problem.InvalidRequest, "Cell %s is of kind %q; there are query, text and function.", cell.ID, cell.Kind)
		case cell.Language != "" && (cell.Kind != Function || !cell.Language.Known() && cell.Language != dreamql):
			return c, problem.New(problem.InvalidRequest, "Cell %s is in the language %.40q; function cells are in dreamql, python or assemblyscript, and others in DreamQL alone.", cell.ID, cell.Language)
		case len(cell.Source) > maxSource:
			return c, problem.New(problem.TooLarge, "Cell %s has %d bytes; a cell may have %d. Upload data as a dataset rather than writing it into a cell.", cell.ID, len(cell.Source), maxSource)
		case !storable(cell.Source):
			return c, problem.New(problem.InvalidRequest, "Cell %s holds bytes that are not UTF-8 text.", cell.ID)
		case !cell.View.valid():
			return c, problem.New(problem.InvalidRequest, "Cell %s is shown as %q; there are table, bar, line and scatter, with columns of at most 200 characters.", cell.ID, cell.View.As)
		}
		seen[cell.ID] = true
		if cell.Language == dreamql {
			cell.Language = ""
		}
		cell.Source = strings.ReplaceAll(cell.Source, "\r\n", "\n")
		total += len(cell.Source)
		cells[i] = cell
	}
	if total > maxTotal {
		return c, problem.New(problem.TooLarge, "The cells have %d bytes together; a notebook may have %d: split it.", total, maxTotal)
	}
	c.Cells = cells
	return c, nil
}

func (v View) valid() bool {
	switch v.As {
	case "", "table", "bar", "line", "scatter":
	default:
		return false
	}
	for _, s := range []string{v.X, v.Y, v.Color} {
		if len(s) > 200 || !storable(s) || strings.ContainsAny(s, "\n\r") {
			return false
		}
	}
	return true
}

func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
