package language

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/dreamql/dreamql/engine/assist"
)

type completionParams struct {
	Context struct {
		TriggerKind      int    `json:"triggerKind"`
		TriggerCharacter string `json:"triggerCharacter"`
	} `json:"context"`
}

type completionList struct {
	IsIncomplete bool             `json:"isIncomplete"`
	Items        []completionItem `json:"items"`
}

type completionItem struct {
	Label            string   `json:"label"`
	Kind             int      `json:"kind"`
	Detail           string   `json:"detail,omitempty"`
	Documentation    *markup  `json:"documentation,omitempty"`
	SortText         string   `json:"sortText"`
	FilterText       string   `json:"filterText"`
	InsertTextFormat int      `json:"insertTextFormat,omitempty"`
	TextEdit         textEdit `json:"textEdit"`
}

// itemKinds are CompletionItemKind.
var itemKinds = map[assist.ItemKind]int{
	assist.ColumnItem: 5, assist.FieldItem: 5, assist.LocalItem: 6, assist.BindingItem: 6, assist.ParamItem: 6, assist.FunctionItem: 3, assist.StageItem: 2,
	assist.ArgumentItem: 10, assist.DatasetItem: 7, assist.PackageItem: 9, assist.VersionItem: 12, assist.TypeItem: 22, assist.KeywordItem: 14, assist.ValueItem: 20,
}

// certain are texts behind which a space asks for something: an arrow, a separator, an opening bracket, the name of a stage.
var certain = regexp.MustCompile(`(->|[,:({\[]|->\s*[\pL_][\pL\pN_.]*)\s*$`)

// wanted reports whether a character that was typed asks for a completion there.
func (t *target) wanted(p completionParams) bool {
	if p.Context.TriggerKind != 2 {
		return true
	}
	before := t.Texts()[t.at.File][:t.at.Offset]
	before = before[max(0, len(before)-200):]
	switch p.Context.TriggerCharacter {
	case " ":
		return certain.MatchString(before)
	case ">":
		return strings.HasSuffix(before, "->")
	case ":":
		return !strings.HasSuffix(before, "::")
	}
	return true
}

func (s *session) completion(ctx context.Context, t *target, p completionParams) (any, error) {
	out := completionList{Items: []completionItem{}}
	if !t.inside || !t.wanted(p) {
		return out, nil
	}
	c, err := t.Complete(ctx, t.at)
	if err != nil {
		return nil, err
	}
	where, ok := t.locate(c.Replace)
	if !ok || where.Range.Start.Line != where.Range.End.Line {
		return out, nil
	}
	for i, it := range c.Items {
		item := completionItem{
			Label: it.Label, Kind: itemKinds[it.Kind], Detail: it.Detail, Documentation: markdown(it.Doc), FilterText: it.Label,
			SortText: fmt.Sprintf("%d%04d", it.Rank, i), TextEdit: textEdit{where.Range, it.Insert},
		}
		if it.Call && s.snippets.Load() && it.Kind == assist.FunctionItem && !t.called(c) && !t.piped(c) {
			item.InsertTextFormat = 2
			item.TextEdit.NewText = strings.NewReplacer(`\`, `\\`, "$", `\$`, "}", `\}`).Replace(it.Insert) + "($0)"
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// called reports whether the arguments of what is completed are there already.
func (t *target) called(c *assist.Completion) bool {
	text := t.Texts()[c.Replace.File]
	return strings.HasPrefix(text[c.Replace.End:], "(")
}

// piped reports whether what is completed stands behind an arrow, where a function needs no parentheses, or in an import.
func (t *target) piped(c *assist.Completion) bool {
	before := strings.TrimRight(t.Texts()[c.Replace.File][:c.Replace.Start], " \t\n")
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return strings.HasSuffix(before, "->") || strings.HasPrefix(strings.TrimSpace(line), "import ")
}
