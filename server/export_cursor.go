package server

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"jirasync/graph"
)

// The cursors of an export with mapped fields are sealed: behind the place stands by which columns
// they were read, and no others go on from there. A cursor of the API has no seal.

// sealMark is no letter of a cursor.
const sealMark = "."

// columnsSeal stands for the mapped columns, in any order; empty: there are none.
func columnsSeal(columns []exportColumn) string {
	var ids []string
	for _, c := range columns {
		if c.mapped.ID != "" {
			ids = append(ids, c.mapped.ID)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, ",")))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func sealed(place, seal string) string {
	if seal == "" {
		return place
	}
	return place + sealMark + seal
}

// unsealed is the place of a cursor that any columns, or those of the seal, may go on from.
func unsealed(cursor, seal string) (string, error) {
	place, given, has := strings.Cut(cursor, sealMark)
	switch {
	case !has || place == "": // what is none is refused with the rest of the question
		return cursor, nil
	case given != seal:
		return "", &httpError{http.StatusConflict, graph.CodeConflict, "the cursor in after is of an export whose mapped fields were others: " +
			"one has been filled anew since, or the columns are not the same; start again without after"}
	}
	return place, nil
}
