package db

import (
	"slices"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"jirasync/query"
)

// searchForm is how this release writes jira_issue_search; see the migration.
const searchForm = 2

// A tsvector ends at 1 MB, and what stands far down in a text is not what it is about.
const (
	mostSearchedText    = 100_000 // bytes of a description, and of all comments of an issue
	mostSearchedComment = 20_000  // bytes of one comment
)

// SearchedText is what an issue is found by.
type SearchedText struct {
	Key, Summary string
	Description  *string
	Comments     []string // the newest last
}

func (r *IssueRow) searchedText() SearchedText {
	text := SearchedText{Key: r.Key, Summary: r.Summary, Description: r.Description, Comments: slices.Clone(r.kept)}
	for n := range r.Comments {
		text.Comments = append(text.Comments, r.Comments[n].Body)
	}
	return text
}

// Vector is the value of jira_issue_search.words: each word once, with the weight of the best place
// where it stands. Words of letters, which a search may correct another to, go to met besides.
func (t SearchedText) Vector(met func(word []byte)) pgtype.TSVector {
	v := pgtype.TSVector{Valid: true}
	known := map[string]struct{}{}
	add := func(text string, positions []pgtype.TSVectorPosition) {
		query.EachLexeme(text, func(l query.Lexeme) {
			if _, ok := known[string(l.Word)]; ok {
				return
			}
			word := string(l.Word)
			known[word] = struct{}{}
			v.Lexemes = append(v.Lexemes, pgtype.TSVectorLexeme{Word: word, Positions: positions})
			if l.Letters {
				met(l.Word)
			}
		})
	}
	at := func(w pgtype.TSVectorWeight) []pgtype.TSVectorPosition {
		return []pgtype.TSVectorPosition{{Position: 1, Weight: w}}
	}
	title := at(pgtype.TSVectorWeightA)
	add(t.Key, title)
	add(t.Summary, title)
	if t.Description != nil {
		add(start(*t.Description, mostSearchedText), at(pgtype.TSVectorWeightB))
	}
	room := mostSearchedText
	for n := len(t.Comments) - 1; n >= 0 && room > 0; n-- {
		body := start(t.Comments[n], min(mostSearchedComment, room))
		room -= len(body)
		add(body, nil)
	}
	return v
}

// start is the beginning of a text, in whole characters.
func start(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	for bytes > 0 && !utf8.RuneStart(text[bytes]) {
		bytes--
	}
	return text[:bytes]
}
