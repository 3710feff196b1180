// Package dataset keeps tables under names: it imports uploaded files into segments, commits them as versions, and answers
// the checker's questions about them as a catalog.Catalog.
//
// A version is a list of immutable segments and is never changed; replacing or appending makes the next one. The package must
// not run queries. Formats are package storage's business.
package dataset

import (
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/server/problem"
)

// Dataset is the newest version of a dataset.
type Dataset struct {
	ID          string
	Name        string
	Description string
	Version     int64 // changes with the rows
	Table       *logical.Table
	CreatedAt   time.Time
	UpdatedAt   time.Time

	stored int64 // changes with the segments too
}

// Bytes is what the segments take.
func (d *Dataset) Bytes() (n int64) {
	for _, s := range d.Table.Segments {
		n += s.Bytes
	}
	return n
}

// Mode says what an upload does with a dataset of its name.
type Mode string

const (
	Create  Mode = "create"  // there must be none
	Replace Mode = "replace" // its rows are replaced, or it is made
	Append  Mode = "append"  // rows are added; the columns must agree
	Merge   Mode = "merge"   // rows replace those of the same key, and the others are added
)

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)

// reserved words of the language cannot name a dataset, because a query could not spell it.
var reserved = map[string]bool{"match": true, "if": true, "else": true, "and": true, "or": true, "not": true, "in": true, "is": true, "true": true, "false": true, "none": true}

// NameFor checks a dataset's name, or makes one from the file's where name is empty.
func NameFor(name, filename string) (string, error) {
	if name == "" {
		base := filepath.Base(strings.ReplaceAll(filename, "\\", "/"))
		name = unnameable.ReplaceAllString(strings.TrimSuffix(base, filepath.Ext(base)), "_")
		name = strings.ToLower(strings.Trim(name, "_"))
		if name == "" || name[0] >= '0' && name[0] <= '9' || reserved[name] {
			name = "data_" + name
		}
		name = strings.TrimRight(name[:min(len(name), 100)], "_")
	}
	if !nameForm.MatchString(name) || reserved[name] {
		return "", problem.New(problem.InvalidRequest, "%.100q cannot name a dataset: use up to 100 letters, digits and _, starting with a letter, and no word of the language.", name)
	}
	return name, nil
}

var unnameable = regexp.MustCompile(`[^A-Za-z0-9]+`)
