package jirasim

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of a query.
type token struct {
	kind tokenKind
	text string
}

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokWord
	tokString // in quotes
	tokSign   // = != < <= > >= ( ) ,
)

// lex cuts a query into tokens.
func lex(jql string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(jql); {
		c := jql[i]
		r, size := utf8.DecodeRuneInString(jql[i:])
		switch {
		case unicode.IsSpace(r):
			i += size
		case c == '"' || c == '\'':
			text, end, err := lexString(jql, i)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, token{tokString, text})
			i = end
		case strings.IndexByte("()=,<>!~&|", c) >= 0:
			sign := lexSign(jql[i:])
			tokens = append(tokens, token{tokSign, sign})
			i += len(sign)
		default:
			end := i + strings.IndexFunc(jql[i:], func(r rune) bool {
				return unicode.IsSpace(r) || strings.ContainsRune("()=,<>!~&|\"'", r)
			})
			if end < i {
				end = len(jql)
			}
			tokens = append(tokens, token{tokWord, jql[i:end]})
			i = end
		}
	}
	return append(tokens, token{kind: tokEnd}), nil
}

func lexSign(s string) string {
	for _, sign := range []string{"!=", ">=", "<=", "&&", "||"} {
		if strings.HasPrefix(s, sign) {
			return sign
		}
	}
	return s[:1]
}

func lexString(s string, start int) (text string, end int, err error) {
	var b strings.Builder
	for i := start + 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == s[start]:
			return b.String(), i + 1, nil
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, queryErrorf("Error in the JQL Query: The quoted string '%s' has not been completed. (line 1, character %d)", s[start+1:], start+1)
}

// queryError is what Jira says to a query that it does not accept.
type queryError struct{ message string }

func (e *queryError) Error() string { return e.message }

func queryErrorf(format string, args ...any) error {
	return &queryError{fmt.Sprintf(format, args...)}
}

// reservedWords must stand in quotes as values. The list is a part of Jira's 178.
const reservedWords = " select from set add cf date order user group where update delete insert create commit " +
	"index table view by limit join min max sum count distinct drop alter lock start end if then else in is not or and " +
	"empty null was changed after before on during to "

func isReserved(word string) bool {
	return strings.Contains(reservedWords, " "+strings.ToLower(word)+" ")
}
