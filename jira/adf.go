package jira

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxDocumentDepth bounds the recursion; Jira's editor stops far earlier.
const maxDocumentDepth = 500

// node is a node of the Atlassian Document Format.
type node struct {
	Type    text               `json:"type"`
	Text    text               `json:"text"`
	Attrs   object[attributes] `json:"attrs"`
	Content list[object[node]] `json:"content"`
}

type attributes struct {
	Text      text   `json:"text"`
	ShortName text   `json:"shortName"`
	URL       text   `json:"url"`
	Title     text   `json:"title"`
	Alt       text   `json:"alt"`
	State     text   `json:"state"`
	Timestamp text   `json:"timestamp"`
	Order     number `json:"order"`
}

// renderDocument turns a Cloud document into plain text for reading and searching. Of nodes
// that it does not know it takes the text inside.
func renderDocument(doc jsontext.Value) string {
	var root object[node]
	if err := json.Unmarshal(doc, &root, lenient); err != nil {
		return ""
	}
	var w documentWriter
	w.node(&root.V, 0)
	return strings.TrimSpace(w.out.String())
}

// documentWriter writes line breaks late, so that none is doubled and none trails.
type documentWriter struct {
	out    strings.Builder
	breaks int    // line breaks owed before the next text
	indent string // written after each of them
}

func (w *documentWriter) text(s string) {
	if s == "" {
		return
	}
	if w.breaks > 0 && w.out.Len() > 0 {
		w.out.WriteString("\n\n"[:w.breaks])
		w.out.WriteString(w.indent)
	}
	w.breaks = 0
	w.out.WriteString(s)
}

// line ends the line; paragraph leaves an empty one.
func (w *documentWriter) line()      { w.breaks = max(w.breaks, 1) }
func (w *documentWriter) paragraph() { w.breaks = 2 }

func (w *documentWriter) children(n *node, depth int) {
	for i := range n.Content {
		w.node(&n.Content[i].V, depth+1)
	}
}

func (w *documentWriter) node(n *node, depth int) {
	if depth > maxDocumentDepth {
		return
	}
	if w.inline(n) {
		return
	}
	switch n.Type {
	case "bulletList", "orderedList", "taskList", "decisionList":
		w.list(n, depth)
	case "tableRow":
		w.line()
		w.row(n, depth)
		w.line()
	case "rule":
		w.paragraph()
		w.text("----")
		w.paragraph()
	case "expand", "nestedExpand":
		w.paragraph()
		w.text(string(n.Attrs.V.Title))
		w.line()
		w.children(n, depth)
		w.paragraph()
	case "doc", "mediaSingle", "mediaGroup", "layoutSection":
		w.children(n, depth)
	default:
		w.block(n, depth)
	}
}

func (w *documentWriter) block(n *node, depth int) {
	if w.indent == "" {
		w.paragraph()
	} else {
		w.line()
	}
	w.text(string(n.Text))
	if len(n.Content) == 0 {
		w.text(string(n.Attrs.V.Text))
	}
	w.children(n, depth)
	if w.indent == "" {
		w.paragraph()
	} else {
		w.line()
	}
}

// inline writes a node that stands within a line.
func (w *documentWriter) inline(n *node) bool {
	a := &n.Attrs.V
	switch n.Type {
	case "text":
		w.text(string(n.Text))
	case "hardBreak":
		w.line()
	case "mention", "status", "placeholder":
		w.text(string(a.Text))
	case "emoji":
		w.text(firstOf(a.Text, a.ShortName))
	case "inlineCard":
		w.text(string(a.URL))
	case "blockCard", "embedCard":
		w.line()
		w.text(string(a.URL))
		w.line()
	case "media", "mediaInline":
		w.text(firstOf(a.Alt, a.URL))
	case "date":
		if ms := parseNumber(string(a.Timestamp)); ms.OK {
			w.text(time.UnixMilli(ms.N).UTC().Format(time.DateOnly))
		}
	default:
		return false
	}
	return true
}

func (w *documentWriter) list(n *node, depth int) {
	outer := w.indent
	if outer == "" {
		w.paragraph()
	} else {
		w.line()
	}
	number := int64(1)
	if n.Attrs.V.Order.OK {
		number = n.Attrs.V.Order.N
	}
	for i := range n.Content {
		item := &n.Content[i].V
		w.line()
		w.indent = outer
		w.text(marker(n.Type, item, number+int64(i)))
		if len(outer) < 40 {
			w.indent = outer + "  "
		}
		w.item(item, depth+1)
	}
	w.indent = outer
	if outer == "" {
		w.paragraph()
	} else {
		w.line()
	}
}

// item writes the first paragraph of an item behind its marker.
func (w *documentWriter) item(n *node, depth int) {
	for i := range n.Content {
		child := &n.Content[i].V
		if i == 0 && child.Type == "paragraph" {
			w.children(child, depth)
			continue
		}
		w.node(child, depth+1)
	}
}

func marker(kind text, item *node, number int64) string {
	switch {
	case kind == "orderedList":
		return strconv.FormatInt(number, 10) + ". "
	case kind == "taskList" && item.Attrs.V.State == "DONE":
		return "[x] "
	case kind == "taskList":
		return "[ ] "
	default:
		return "- "
	}
}

// row writes the cells of a table in one line.
func (w *documentWriter) row(n *node, depth int) {
	for i := range n.Content {
		if i > 0 {
			w.breaks = 0
			w.text(" | ")
		}
		cell := &n.Content[i].V
		for j := range cell.Content {
			if j > 0 {
				w.breaks = 0
				w.text(" ")
			}
			if child := &cell.Content[j].V; child.Type == "paragraph" {
				w.children(child, depth+2)
			} else {
				w.node(child, depth+2)
			}
		}
	}
}

func firstOf(candidates ...text) string {
	for _, c := range candidates {
		if c != "" {
			return string(c)
		}
	}
	return ""
}
