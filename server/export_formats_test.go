package server

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFormulaWithinACellIsGuarded(t *testing.T) {
	t.Parallel()
	for text, cell := range map[string]string{
		`plain; text`:           `plain; text`,
		`=1+1`:                  `'=1+1`,
		`a;=cmd|' /C calc'!A0`:  `a;'=cmd|' /C calc'!A0`,
		`a; =1`:                 `a; '=1`,
		`a;  "=1"`:              `a;  "'=1"`,
		"a\n+1":                 "a\n'+1",
		"a\r\n@SUM(A1)":         "a\n'@SUM(A1)",
		"a\t-1":                 "a\t'-1",
		"todo:\n- item\n- item": "todo:\n- item\n- item",
		"todo:\n-item":          "todo:\n'-item",
		"a;-":                   "a;-",
		"a = b; c + d":          "a = b; c + d",
		"a;ä=1":                 "a;ä=1",
		";;=1":                  ";;'=1",
	} {
		value, err := json.Marshal(text)
		require.NoError(t, err)
		require.Equal(t, cell, csvCell(value), "%q", text)
	}
	require.Equal(t, "a; '-b", csvCell(json.RawMessage(`["a", "-b"]`)))
	require.Equal(t, `{"a": ";'=1"}`, csvCell(json.RawMessage(`{"a": ";=1"}`)))
	require.Equal(t, "-5", csvCell(json.RawMessage("-5")))
}

// FuzzCSVCell reads an export as a spreadsheet does that takes a semicolon, or a tab, for the end of a cell.
func FuzzCSVCell(f *testing.F) {
	for _, seed := range []string{"a;=1", "a; \"=1", "\n+1", "a\t@x", ";-1", "a\r=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, err := json.Marshal(text)
		require.NoError(t, err)
		var file bytes.Buffer
		out := csv.NewWriter(&file)
		require.NoError(t, out.Write([]string{"WEB-1", csvCell(value)}))
		out.Flush()
		for _, cell := range strings.FieldsFunc(file.String(), func(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }) {
			cell = strings.TrimLeft(cell, ` "`)
			require.False(t, cell != "" && strings.ContainsRune("=+@", rune(cell[0])), "%q", file.String())
		}
	})
}
