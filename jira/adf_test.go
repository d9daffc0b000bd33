package jira

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocumentsBecomeText(t *testing.T) {
	t.Parallel()
	p := func(text string) string {
		return `{"type":"paragraph","content":[{"type":"text","text":"` + text + `"}]}`
	}
	for name, tt := range map[string]struct{ content, want string }{
		"paragraphs":       {p("one") + "," + p("two"), "one\n\ntwo"},
		"an empty one":     {p("one") + `,{"type":"paragraph"},` + p("two"), "one\n\ntwo"},
		"a heading":        {`{"type":"heading","attrs":{"level":1},"content":[{"type":"text","text":"Top"}]},` + p("x"), "Top\n\nx"},
		"a line break":     {`{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"text","text":"b"}]}`, "a\nb"},
		"marks":            {`{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"strong"}]},{"type":"text","text":"b"}]}`, "ab"},
		"bullets":          {`{"type":"bulletList","content":[{"type":"listItem","content":[` + p("a") + `]},{"type":"listItem","content":[` + p("b") + `]}]}`, "- a\n- b"},
		"numbers":          {`{"type":"orderedList","attrs":{"order":3},"content":[{"type":"listItem","content":[` + p("a") + `]},{"type":"listItem","content":[` + p("b") + `]}]}`, "3. a\n4. b"},
		"a list in a list": {`{"type":"bulletList","content":[{"type":"listItem","content":[` + p("a") + `,{"type":"bulletList","content":[{"type":"listItem","content":[` + p("b") + `]}]}]}]}`, "- a\n  - b"},
		"tasks":            {`{"type":"taskList","content":[{"type":"taskItem","attrs":{"state":"DONE"},"content":[{"type":"text","text":"a"}]},{"type":"taskItem","attrs":{"state":"TODO"},"content":[{"type":"text","text":"b"}]}]}`, "[x] a\n[ ] b"},
		"code":             {`{"type":"codeBlock","attrs":{"language":"go"},"content":[{"type":"text","text":"a\n  b"}]}`, "a\n  b"},
		"a table":          {`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[` + p("h1") + `]},{"type":"tableHeader","content":[` + p("h2") + `]}]},{"type":"tableRow","content":[{"type":"tableCell","content":[` + p("1") + `]},{"type":"tableCell","content":[` + p("2") + `,` + p("3") + `]}]}]}`, "h1 | h2\n1 | 2 3"},
		"a mention":        {`{"type":"paragraph","content":[{"type":"mention","attrs":{"id":"1","text":"@Ann"}},{"type":"text","text":" hi"}]}`, "@Ann hi"},
		"an emoji":         {`{"type":"paragraph","content":[{"type":"emoji","attrs":{"shortName":":smile:","text":"😄"}},{"type":"emoji","attrs":{"shortName":":x:"}}]}`, "😄:x:"},
		"cards":            {`{"type":"paragraph","content":[{"type":"inlineCard","attrs":{"url":"https://a"}}]},{"type":"blockCard","attrs":{"url":"https://b"}}`, "https://a\n\nhttps://b"},
		"a panel":          {`{"type":"panel","attrs":{"panelType":"info"},"content":[` + p("note") + `]}`, "note"},
		"a rule":           {p("a") + `,{"type":"rule"},` + p("b"), "a\n\n----\n\nb"},
		"a date":           {`{"type":"paragraph","content":[{"type":"date","attrs":{"timestamp":"1577934245678"}}]}`, "2020-01-02"},
		"a status":         {`{"type":"paragraph","content":[{"type":"status","attrs":{"text":"DONE"}}]}`, "DONE"},
		"an expand":        {`{"type":"expand","attrs":{"title":"More"},"content":[` + p("inside") + `]}`, "More\n\ninside"},
		"a picture":        {`{"type":"mediaSingle","content":[{"type":"media","attrs":{"alt":"photo.png"}}]}`, "photo.png"},
		"an unknown node":  {`{"type":"novelty","content":[` + p("kept") + `]}`, "kept"},
		"an unknown leaf":  {`{"type":"extension","attrs":{"text":"kept"}}`, "kept"},
		"odd content":      {`null,7,"x",{"type":5,"content":"none"},{"type":"paragraph","content":{"type":"text"}},` + p("kept"), "kept"},
		"nothing":          {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, renderDocument([]byte(`{"type":"doc","version":1,"content":[`+tt.content+`]}`)))
		})
	}
}

func TestADeepDocumentEnds(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"type":"bulletList","content":[{"type":"listItem","content":[`, 2000) + strings.Repeat(`]}]}`, 2000)
	require.NotPanics(t, func() { renderDocument([]byte(deep)) })
}
