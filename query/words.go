package query

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// mostWords bounds the words of a search.
	mostWords = 32
	// shortestBeginning is how many characters of a word find all that begin so.
	shortestBeginning = 2
)

// Word is one word of a search, as [EachLexeme] cuts it.
type Word struct {
	Lexeme    string
	Letters   bool
	Beginning bool // it may be the beginning of a word
}

// SearchTree turns the text of a search into a condition, within the limits. A blank text holds
// always.
func SearchTree(text string, limits Limits) (Cond, error) {
	if n := utf8.RuneCountInString(text); n > limits.SearchText {
		return nil, &LimitError{What: "characters of search", Got: n, Limit: limits.SearchText}
	}
	if err := storable("search", text); err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return AllOf{}, nil
	}
	words := wordsOf(text)
	if len(words) > mostWords {
		return nil, &LimitError{What: "words of search", Got: len(words), Limit: mostWords}
	}
	search := Words{Words: words}
	if key := strings.ToUpper(strings.TrimSpace(text)); looksLikeKey(key) {
		search.Key = key
	}
	return search, nil
}

// wordsOf cuts a search into its words. The last one may be a beginning, and each one before a star.
func wordsOf(text string) (words []Word) {
	fields := strings.FieldsFunc(text, unicode.IsSpace)
	for n, field := range fields {
		before := len(words)
		EachLexeme(field, func(l Lexeme) {
			words = append(words[:len(words)-l.Parts], Word{Lexeme: string(l.Word), Letters: l.Letters})
		})
		if open := n == len(fields)-1 || strings.HasSuffix(field, "*"); open && len(words) > before {
			last := &words[len(words)-1]
			last.Beginning = utf8.RuneCountInString(last.Lexeme) >= shortestBeginning
		}
	}
	return words
}

// Query is the tsquery that asks for a word, or for any of those it may stand for.
func (w Word) Query(others ...string) string {
	q := "'" + w.Lexeme + "'" // letters, digits and joints: nothing to escape
	if w.Beginning {
		q += ":*"
	}
	for _, other := range others {
		q += " | '" + other + "'"
	}
	return q
}

// looksLikeKey tells WEB-12 from a word. Jira's keys begin with a letter and end with a number.
func looksLikeKey(text string) bool {
	dash := strings.LastIndexByte(text, '-')
	if dash < 1 || dash == len(text)-1 || text[0] < 'A' || text[0] > 'Z' || strings.ContainsFunc(text, unicode.IsSpace) {
		return false
	}
	for _, digit := range text[dash+1:] {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return true
}

// Words are those of the search; nil where nothing is searched for.
func (q *Issues) Words() []Word {
	if q.search == nil {
		return nil
	}
	return q.search.Words
}

// Instead is the same question where words stand for others too: those at their place in Words.
func (q *Issues) Instead(others map[int][]string) *Issues {
	if q.search == nil || len(others) == 0 {
		return q
	}
	search := *q.search
	search.others = others
	other := *q
	other.search = &search
	other.conds = slices.Clone(q.conds)
	for n, c := range other.conds {
		if _, searched := c.(Words); searched {
			other.conds[n] = search
		}
	}
	return &other
}

// queries are the tsqueries of the words, each in brackets.
func (c Words) queries() []string {
	queries := make([]string, len(c.Words))
	for n, word := range c.Words {
		queries[n] = "(" + word.Query(c.others[n]...) + ")"
	}
	return queries
}

// words writes the condition as a join by id, which the planner can begin at either end: at the
// index of words where they are rare, or at the newest issues where they are common.
func (w *writer) words(c Words, not bool) {
	w.add(prefix(not, "NOT "), "(i.issue_id IN (SELECT s.issue_id FROM jira_sync.jira_issue_search s WHERE ")
	if len(c.Words) == 0 { // signs only
		w.add("false")
	} else {
		w.add("s.words @@ ", w.arg(strings.Join(c.queries(), " & ")), "::tsquery")
	}
	if c.Key != "" {
		key := w.arg(c.Key)
		w.add(" UNION ALL SELECT k.issue_id FROM jira_sync.jira_issues k WHERE k.issue_key = ", key,
			" UNION ALL SELECT k.issue_id FROM jira_sync.jira_issue_keys k WHERE k.issue_key = ", key)
	}
	w.add("))")
}
