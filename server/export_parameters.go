package server

import (
	"net/http"
	"net/url"
	"slices"
)

// exportParameters are those of the address or, by POST, of a form in the body: a filter may be longer
// than an address.
func exportParameters(w http.ResponseWriter, r *http.Request, bodyBytes int) (url.Values, error) {
	raw, place := r.URL.RawQuery, "address"
	if r.Method == http.MethodPost {
		if raw != "" {
			return nil, badRequest("the parameters of a POST stand in its body: leave none in the address")
		}
		body, err := readBody(w, r, "parameters", "application/x-www-form-urlencoded", bodyBytes)
		if err != nil {
			return nil, err
		}
		raw, place = string(body), "body"
	}
	given, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest("the " + place + " cannot be read: " + err.Error())
	}
	for name, values := range given {
		if !slices.Contains([]string{"where", "search", "visibility", "columns", "after"}, name) {
			return nil, badRequest("there is no parameter " + name + ": an export takes where, search, visibility, columns and after")
		}
		if len(values) > 1 {
			return nil, badRequest("the parameter " + name + " is given more than once")
		}
	}
	return given, nil
}
