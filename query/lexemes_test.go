package query_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/query"
)

func lexemes(text string) string {
	var all []string
	query.EachLexeme(text, func(l query.Lexeme) {
		word := string(l.Word)
		if l.Parts > 0 {
			word = fmt.Sprintf("%s=%d", word, l.Parts)
		}
		if !l.Letters {
			word += "#"
		}
		all = append(all, word)
	})
	return strings.Join(all, " ")
}

func TestTextIsCutIntoLexemes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                             "",
		"The Payment-Form, fails!":     "the payment form fails",
		"see WEB-12.":                  "see web 12# web-12=2#",
		"v1.2.3 of 2026-03-01":         "v1# 2# 3# v1.2.3=3# of 2026# 03# 01# 2026-03-01=3#",
		"-5 a--b9 c_ _d":               "5# a b9# c d",
		"l'été ÜBER häuser":            "l été über häuser",
		"支払い x\x00y \xff z":            "支払い x y z",
		strings.Repeat("x", 100):       strings.Repeat("x", 64),
		strings.Repeat("é", 50):        strings.Repeat("é", 32),
		"<b>bold</b> a@b.de (x/y)":     "b bold b a b de x y",
		strings.Repeat("ab1-", 17):     strings.TrimSpace(strings.Repeat("ab1# ", 17)), // too long for one
		strings.Repeat("ab1-", 3) + "": "ab1# ab1# ab1# ab1-ab1-ab1=3#",
	} {
		require.Equal(t, want, lexemes(text), text)
	}
}

func FuzzLexemesOfATextAreThoseOfItsSearch(f *testing.F) {
	for _, text := range []string{"Payment form", "web-12.", "1.2.3-", "Ünï_9 x", strings.Repeat("a-1", 60)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		query.EachLexeme(text, func(l query.Lexeme) {
			require.NotEmpty(t, l.Word)
			require.LessOrEqual(t, len(l.Word), 64)
			require.NotContains(t, string(l.Word), "'")
			require.NotContains(t, string(l.Word), `\`)
			found := false
			query.EachLexeme(string(l.Word), func(again query.Lexeme) { found = found || bytes.Equal(again.Word, l.Word) })
			require.True(t, found, "%q is not found by itself", l.Word)
		})
	})
}
