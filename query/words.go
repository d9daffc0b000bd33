package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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
	return Words{text}, nil
}

// words leaves the cutting of words to PostgreSQL, by the same parser that cut the issue's: the
// whole words by plainto_tsquery, the last by a quoted prefix.
func (w *writer) words(c Words, not bool) {
	all := strings.FieldsFunc(c.Text, unicode.IsSpace)
	last := all[len(all)-1]
	quoted := "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(last) + "':*"
	w.add(prefix(not, "NOT "), "(i.issue_id IN (SELECT s.issue_id FROM jira_sync.jira_issue_search s WHERE s.words @@ (")
	if len(all) > 1 {
		w.add("plainto_tsquery('simple', ", w.arg(strings.Join(all[:len(all)-1], " ")), ") && ")
	}
	w.add("to_tsquery('simple', ", w.arg(quoted), "))")
	if len(all) == 1 && looksLikeKey(last) {
		key := w.arg(strings.ToUpper(last))
		w.add(" UNION ALL SELECT k.issue_id FROM jira_sync.jira_issues k WHERE k.issue_key = ", key,
			" UNION ALL SELECT k.issue_id FROM jira_sync.jira_issue_keys k WHERE k.issue_key = ", key)
	}
	w.add("))")
}

// looksLikeKey tells WEB-12 from a word. Jira's keys begin with a letter and end with a number.
func looksLikeKey(text string) bool {
	dash := strings.LastIndexByte(text, '-')
	if dash < 1 || dash == len(text)-1 || !unicode.IsLetter(rune(text[0])) {
		return false
	}
	for _, digit := range text[dash+1:] {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return true
}
