package server

import (
	"bytes"
	"encoding/json"

	"jirasync/graph"
)

// decodeNumbers decodes JSON whose numbers keep their digits.
func decodeNumbers(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(into)
}

// appendAnswer writes an answer with its extensions, which are never kept with it.
func (a *answers) appendAnswer(b []byte, ans answer) []byte {
	b = append(b, '{')
	if len(ans.errors) > 0 {
		list, err := json.Marshal(ans.errors)
		if err != nil { // an extension that is no JSON: say the least
			list = []byte(`[{"message":"the error cannot be shown","extensions":{"code":"` + graph.CodeInternal + `"}}]`)
		}
		b = append(append(b, `"errors":`...), list...)
		if !ans.refused {
			b = append(b, ',')
		}
	}
	if !ans.refused {
		b = append(b, `"data":`...)
		if len(ans.data) == 0 {
			b = append(b, "null"...)
		}
		b = append(b, ans.data...)
		b = append(b, `,"extensions":{"freshness":`...)
		b = append(b, a.freshness.json()...)
		if ans.hit {
			b = append(b, `,"cache":{"hit":true}}`...)
		} else {
			b = append(b, `,"cache":{"hit":false}}`...)
		}
	}
	return append(b, '}')
}
