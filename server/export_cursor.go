package server

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"jirasync/graph"
)

// The cursors of an export are sealed: behind the place stands by which mapped columns they were read,
// and no others go on from there. A cursor of the API has no seal, for no file was begun with it.

// sealMark is no letter of a cursor.
const sealMark = "."

// columnsSeal stands for the mapped columns as they are in the file: another name leads to another
// header and, where no columns were named, to another order; one more has come when there were none.
func columnsSeal(columns []exportColumn) string {
	var mapped strings.Builder
	for _, c := range columns {
		if c.mapped.ID != "" {
			mapped.WriteString(c.name + "=" + c.mapped.ID + ",")
		}
	}
	sum := sha256.Sum256([]byte(mapped.String()))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func sealed(place, seal string) string { return place + sealMark + seal }

// unsealed is the place of a cursor of the API, or of an export with the columns of the seal.
func unsealed(cursor, seal string) (string, error) {
	place, given, has := strings.Cut(cursor, sealMark)
	switch {
	case !has || place == "": // what is none is refused with the rest of the question
		return cursor, nil
	case given != seal:
		return "", &httpError{http.StatusConflict, graph.CodeConflict, "the cursor in after is of an export with other mapped fields, or in another order: " +
			"one has been added, renamed, deleted or filled anew since, or the columns are not the same; start again without after"}
	}
	return place, nil
}
