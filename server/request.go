package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"jirasync/graph"
)

// httpError is a refusal on the level of HTTP.
type httpError struct {
	status  int
	code    string
	message string
}

func (e *httpError) Error() string { return e.message }

func badRequest(message string) error {
	return &httpError{http.StatusBadRequest, graph.CodeBadUserInput, message}
}

// readQuestion reads the operation from a body or, for GET, from the address.
func readQuestion(w http.ResponseWriter, r *http.Request, bodyBytes int) (*question, error) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return questionFromURL(r.URL.RawQuery, bodyBytes)
	case http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		return nil, &httpError{http.StatusMethodNotAllowed, graph.CodeBadUserInput, "GraphQL is asked by POST, queries by GET too"}
	}
	body, err := readBody(w, r, "operation", mediaJSON, bodyBytes)
	if err != nil {
		return nil, err
	}
	return decodeQuestion(body)
}

// readBody reads what is sent by POST, in its one media type.
func readBody(w http.ResponseWriter, r *http.Request, what, media string, longest int) ([]byte, error) {
	given, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || given != media {
		return nil, &httpError{http.StatusUnsupportedMediaType, graph.CodeBadUserInput, "send the " + what + " as Content-Type: " + media}
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, &httpError{http.StatusUnsupportedMediaType, graph.CodeBadUserInput, "send the " + what + " in UTF-8"}
	}
	var body bytes.Buffer
	_, err = body.ReadFrom(http.MaxBytesReader(w, r.Body, int64(longest)))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return nil, bodyTooLong(longest)
	}
	if err != nil {
		return nil, badRequest("the body could not be read to its end")
	}
	return body.Bytes(), nil
}

func bodyTooLong(limit int) error {
	return &httpError{http.StatusRequestEntityTooLarge, graph.CodeTooComplex, "the request is too long: at most " + thousands(limit) + " bytes are allowed"}
}

func decodeQuestion(body []byte) (*question, error) {
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '[' {
		return nil, badRequest("arrays of operations are refused: send one operation a request")
	}
	var sent struct {
		Query         *string         `json:"query"`
		OperationName json.RawMessage `json:"operationName"`
		Variables     json.RawMessage `json:"variables"`
		Extensions    json.RawMessage `json:"extensions"`
	}
	if err := jsonv2.Unmarshal(body, &sent, leniently); err != nil {
		if wrong := (*jsonv2.SemanticError)(nil); errors.As(err, &wrong) && wrong.JSONPointer != "" {
			return nil, badRequest("query must be a string")
		}
		return nil, badRequest("the body is no JSON object with the member query")
	}
	return newQuestion(sent.Query, sent.OperationName, sent.Variables, sent.Extensions)
}

// leniently reads what [json.Unmarshal] reads, in a third of its time.
var leniently = jsonv2.JoinOptions(jsonv2.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

func newQuestion(query *string, name, variables, extensions json.RawMessage) (*question, error) {
	q := new(question)
	switch {
	case !isAbsent(name) && json.Unmarshal(name, &q.name) != nil:
		return nil, badRequest("operationName must be a string")
	case !isAbsent(variables) && variables[0] != '{':
		return nil, badRequest("variables must be a JSON object")
	case !isAbsent(extensions) && extensions[0] != '{':
		return nil, badRequest("extensions must be a JSON object")
	}
	var err error
	if q.hash, err = persistedHash(extensions); err != nil {
		return nil, err
	}
	switch {
	case query != nil:
		q.text = *query
	case q.hash == "":
		return nil, badRequest("the member query is missing")
	}
	if !isAbsent(variables) {
		compact := jsontext.Value(variables)
		if compact.Compact(leniently) != nil {
			return nil, badRequest("variables must be a JSON object")
		}
		q.variables = json.RawMessage(compact)
	}
	return q, nil
}

func isAbsent(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

// decodeNumbers decodes JSON whose numbers keep their digits.
func decodeNumbers(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(into)
}

func questionFromURL(raw string, longest int) (*question, error) {
	if len(raw) > longest {
		return nil, bodyTooLong(longest)
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest("the address cannot be read")
	}
	var text *string
	if values.Has("query") {
		text = new(values.Get("query"))
	}
	name, _ := json.Marshal(values.Get("operationName"))
	variables := bytes.TrimSpace([]byte(values.Get("variables")))
	extensions := bytes.TrimSpace([]byte(values.Get("extensions")))
	if len(variables) > 0 && !json.Valid(variables) || len(extensions) > 0 && !json.Valid(extensions) {
		return nil, badRequest("variables and extensions must be JSON objects")
	}
	return newQuestion(text, name, variables, extensions)
}

// The media types of answers.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
	mediaEvents  = "text/event-stream"
)

// acceptable chooses the media type of the answer: the first that the client names and we know.
// It is empty when the client takes none of ours.
func acceptable(accept string) string {
	if strings.TrimSpace(accept) == "" {
		return mediaJSON
	}
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil || params["q"] == "0" {
			continue
		}
		switch media {
		case mediaGraphQL, mediaJSON, mediaEvents:
			return media
		case "*/*", "application/*":
			return mediaJSON
		}
	}
	return ""
}
