package server

import (
	"encoding/json"
	"strconv"

	"jirasync/graph"
)

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
		b = append(b, ans.freshness...)
		if ans.hit {
			b = append(b, `,"cache":{"hit":true}`...)
		} else {
			b = append(b, `,"cache":{"hit":false}`...)
		}
		b = a.appendBudget(b, ans)
		b = append(b, '}')
	}
	return append(b, '}')
}

// appendBudget writes what the answer has cost, and what the client may still ask.
func (a *answers) appendBudget(b []byte, ans answer) []byte {
	b = strconv.AppendInt(append(b, `,"cost":{"operation":`...), int64(ans.cost), 10)
	b = strconv.AppendInt(append(b, `,"limit":`...), int64(a.limits.Cost), 10)
	b = append(b, '}')
	if ans.left == nil {
		return b
	}
	b = strconv.AppendInt(append(b, `,"rate":{"remaining":`...), int64(ans.left.requests), 10)
	b = strconv.AppendInt(append(b, `,"limit":`...), int64(a.limits.RequestsPerMinute), 10)
	return append(b, '}')
}
