package db

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"jirasync/query"
)

// vocabulary keeps jira_words, the words that occur, by which a search corrects a mistyped one. It
// remembers which are stored, so that a page brings only those that are new: few, after the first
// pages.
type vocabulary struct {
	mu     sync.Mutex
	seed   maphash.Seed
	stored map[uint64]struct{} // hashes: a word taken for another is only not offered
}

const (
	shortestKept, longestKept = 3, 40 // characters of a word
	mostStored                = 200_000
)

// freshWords are words that are not known to be stored.
type freshWords struct {
	of  *vocabulary
	met map[string]struct{}
}

func (v *vocabulary) begin() freshWords {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stored == nil {
		v.stored, v.seed = map[uint64]struct{}{}, maphash.MakeSeed()
	}
	return freshWords{of: v, met: map[string]struct{}{}}
}

// meet adds a word that occurs.
func (f freshWords) meet(word []byte) {
	if n := utf8.RuneCount(word); n < shortestKept || n > longestKept {
		return
	}
	hash := maphash.Bytes(f.of.seed, word)
	f.of.mu.Lock()
	_, stored := f.of.stored[hash]
	f.of.mu.Unlock()
	if !stored {
		f.met[string(word)] = struct{}{}
	}
}

// store writes the words. It comes late in a transaction, because two with the same new word wait
// for each other, and goes by the alphabet, so that they wait one way.
func (f freshWords) store(ctx context.Context, tx pgx.Tx) error {
	if len(f.met) == 0 {
		return nil
	}
	words := make([]string, 0, len(f.met))
	for word := range f.met {
		words = append(words, word)
	}
	slices.Sort(words)
	const sql = `INSERT INTO jira_sync.jira_words (word) SELECT word FROM unnest($1::text[]) AS w (word) ON CONFLICT DO NOTHING`
	if _, err := tx.Exec(ctx, sql, words); err != nil {
		return fmt.Errorf("store the words that occur: %w", err)
	}
	return nil
}

// learn remembers the words, once they are committed.
func (f freshWords) learn() {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	for word := range f.met {
		if len(f.of.stored) >= mostStored {
			clear(f.of.stored)
		}
		f.of.stored[maphash.String(f.of.seed, word)] = struct{}{}
	}
}

// Corrected words are of these lengths. A shorter one is like too many, a longer one is no slip.
const shortestCorrected, longestCorrected = 4, 40

// surelyOccurs is how many issues that live bear a word of which no answer needs to know whether it still
// occurs: one, or two, may have been a slip that was mended.
const surelyOccurs = "3"

// similarWords finds, for each word that no living issue bears, those most like it: with two neighbours
// swapped, which leaves few trigrams in common, or by trigrams. With none, a word has one row: any
// page can bring what it stands for. jira_words only grows: whether a word of it still occurs, the
// index tells. One that occurs seldom has a row with the versions of the projects that it occurs in.
const similarWords = `
SELECT CASE WHEN coalesce(o.bearers, 0) = 0 THEN ` + query.InstanceVersions + ` ELSE o.versions END, a.place, l.word
FROM unnest($1::int[], $2::text[], $3::boolean[], $4::text[]) AS a (place, word, beginning, asked)
LEFT JOIN LATERAL (
    SELECT count(*) AS bearers, string_agg('project:' || i.instance_id || ':' || i.project_id || '=' || coalesce(p.version, 0), ' ') AS versions
    FROM (SELECT i.instance_id, i.project_id FROM jira_sync.jira_issue_search s JOIN jira_sync.jira_issues i USING (issue_id)
        WHERE s.words @@ a.asked::tsquery AND i.deleted_at IS NULL LIMIT ` + surelyOccurs + `) i
    LEFT JOIN jira_sync.jira_projects p USING (instance_id, project_id)
) o ON EXISTS (SELECT FROM jira_sync.jira_words w WHERE w.word = a.word)
    OR a.beginning AND coalesce(starts_with((SELECT min(w.word) FROM jira_sync.jira_words w WHERE w.word > a.word), a.word), false)
LEFT JOIN LATERAL (
    SELECT w.word FROM jira_sync.jira_words w
    WHERE w.word = ANY (ARRAY(SELECT overlay(a.word PLACING substr(a.word, k + 1, 1) || substr(a.word, k, 1) FROM k FOR 2)
        FROM generate_series(1, length(a.word) - 1) k))
    UNION
    (SELECT w.word FROM jira_sync.jira_words w
    WHERE w.word % a.word AND w.word <> a.word AND abs(length(w.word) - length(a.word)) <= 2
    ORDER BY similarity(w.word, a.word) DESC, w.word LIMIT 5)
) l ON coalesce(o.bearers, 0) = 0
WHERE coalesce(o.bearers, 0) < ` + surelyOccurs + `
ORDER BY a.place, l.word`

// similar returns what the words of a search may stand for besides themselves, by their places. It sees
// an earlier snapshot than the list that goes by it, so that its versions count, too.
func (s *Store) similar(ctx context.Context, words []query.Word) (map[int][]string, error) {
	var places []int
	var texts, asked []string
	var beginnings []bool
	for n, word := range words {
		if length := utf8.RuneCountInString(word.Lexeme); word.Letters && length >= shortestCorrected && length <= longestCorrected {
			places, texts, beginnings, asked = append(places, n), append(texts, word.Lexeme), append(beginnings, word.Beginning), append(asked, word.Query())
		}
	}
	if len(places) == 0 {
		return nil, nil
	}
	others := map[int][]string{}
	err := s.read(ctx, readStatement{
		Statement: query.Statement{SQL: similarWords, Args: []any{places, texts, beginnings, asked}},
		indexed:   true,
		rows: func(rows pgx.Rows) error {
			var versions string
			var place int
			var word *string
			_, err := pgx.ForEachRow(rows, []any{&versions, &place, &word}, func() error {
				if word != nil {
					others[place] = append(others[place], *word)
				}
				return depend(ctx, versions)
			})
			return err
		},
	})
	if err != nil {
		return nil, fmt.Errorf("look for similar words: %w", err)
	}
	return others, nil
}
