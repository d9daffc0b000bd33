package server

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"jirasync/auth"
	"jirasync/db"
	"jirasync/graph"
)

// exportsAtOnce is how many exports are written side by side: each holds one page in memory.
const exportsAtOnce = 4

// An export ends when its client takes longer for a page, or for the whole.
const (
	exportPatience = time.Minute
	exportTime     = time.Hour
)

// export is a set of issues on its way to a file. It is read page by page through the same
// questions as everything else, so that limits, visibility and mapped fields are theirs.
//
// The oldest change comes first, by Jira's time: an issue that changes meanwhile comes once more at the
// end. What is stored meanwhile with an older time than the page at hand is not in the file; it is found
// by when it was stored. A mapped field that is filled anew meanwhile ends it, and the cursors that it
// gave with it: no file mixes two mappings.
type export struct {
	columns   []exportColumn
	seal      string // of the mapped columns, also where there are none
	text      string
	variables map[string]any
	first     int // issues of the next page
	most      int // issues of a page, as its cost allows
}

// exportFormat writes rows.
type exportFormat interface {
	head(columns []exportColumn) error
	row(values []json.RawMessage) error
	flush() error
}

// exportRoute streams issues in a format.
func (s *Server) exportRoute(media, file string, format func(io.Writer) exportFormat) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, ok := s.admit(w, r); !ok {
			return
		}
		given, err := exportParameters(w, r, s.deps.Limits.BodyBytes)
		if err != nil {
			s.writeRefusal(w, r, err)
			return
		}
		select { // not before: a body may take its time
		case s.exports <- struct{}{}:
			defer func() { <-s.exports }()
		default:
			w.Header().Set("Retry-After", "10")
			s.writeRefusal(w, r, &httpError{http.StatusServiceUnavailable, graph.CodeUnavailable, "other exports are being written: try again in a moment"})
			return
		}
		ctx, cancel := context.WithTimeout(auth.With(r.Context(), auth.LocalAdmin()), exportTime)
		defer cancel()
		defer s.endWith(http.NewResponseController(w), cancel)()
		r = r.WithContext(ctx)
		e, err := s.newExport(ctx, given)
		if err != nil {
			s.writeRefusal(w, r, err)
			return
		}
		page, err := s.exportPage(ctx, e)
		if err != nil {
			s.writeRefusal(w, r, err)
			return
		}
		header := w.Header()
		header.Set("Content-Type", media)
		header.Set("Content-Disposition", `attachment; filename="`+file+`"`)
		header.Set("Cache-Control", "no-store")
		header.Add("Vary", "Accept-Encoding")
		if err := s.stream(w, r, e, page, format); err != nil {
			s.deps.Log.InfoContext(ctx, "an export was cut off", "error", err)
			panic(http.ErrAbortHandler) // the client must not take it for whole
		}
	}
}

// endWith ends an export when the server goes down, until the returned function is called. What the
// client has not taken by then it has a moment for.
func (s *Server) endWith(connection *http.ResponseController, cancel func()) (done func()) {
	stop := context.AfterFunc(s.closing, func() {
		cancel()
		_ = connection.SetWriteDeadline(time.Now().Add(closingTime)) // not every connection has one
	})
	return func() { stop() }
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request, e *export, page *exportedPage, format func(io.Writer) exportFormat) error {
	connection := http.NewResponseController(w)
	var out io.Writer = w
	send, finish := connection.Flush, connection.Flush
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		w.Header().Set("Content-Encoding", "gzip")
		zipped := gzip.NewWriter(w)
		out, finish = zipped, zipped.Close
		send = func() error { return errors.Join(zipped.Flush(), connection.Flush()) }
	}
	rows := format(out)
	if err := rows.head(e.columns); err != nil {
		return err
	}
	for {
		_ = connection.SetWriteDeadline(time.Now().Add(exportPatience)) // not every connection has one
		if s.closing.Err() != nil {                                     // whose shorter deadline may have come before
			return errGoingDown
		}
		for _, edge := range page.Edges {
			if err := rows.row(e.values(edge)); err != nil {
				return err
			}
		}
		if err := rows.flush(); err != nil {
			return err
		}
		if !page.PageInfo.HasNextPage {
			return finish()
		}
		if err := send(); err != nil { // an export that is cut off has every page before
			return err
		}
		e.variables["after"] = page.PageInfo.EndCursor
		var err error
		if page, err = s.exportPage(r.Context(), e); err != nil {
			return err
		}
	}
}

type exportedPage struct {
	Edges    []exportedEdge
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
}

type exportedEdge struct {
	Cursor string
	Node   map[string]json.RawMessage
}

func (e *export) values(edge exportedEdge) []json.RawMessage {
	values := make([]json.RawMessage, len(e.columns))
	for n, c := range e.columns {
		if c.selection == "" {
			values[n] = json.RawMessage(`"` + sealed(edge.Cursor, e.seal) + `"`)
			continue
		}
		values[n] = c.value(edge.Node[columnAlias(n)])
	}
	return values
}

// exportPage asks for one page: for a smaller one where the issues next to each other are too large to
// be in memory together. How many are is known only once they are read.
func (s *Server) exportPage(ctx context.Context, e *export) (*exportedPage, error) {
	for {
		noting, tooLarge := db.NoteTooLarge(ctx)
		page, err := s.askExportPage(noting, e)
		switch {
		case err == nil:
			e.first = min(2*e.first, e.most)
			return page, s.unchanged(ctx, e)
		case !tooLarge.Load():
			return nil, err
		case e.first == 1:
			return nil, &httpError{http.StatusBadRequest, graph.CodeTooComplex, "the next issue is larger than the " +
				thousands(s.deps.Limits.AnswerBytes) + " bytes that an answer may have (LIMIT_ANSWER_BYTES): name fewer columns, such as all but description"}
		}
		e.first /= 2
	}
}

func (s *Server) askExportPage(ctx context.Context, e *export) (*exportedPage, error) {
	e.variables["first"] = e.first
	variables, err := json.Marshal(e.variables)
	if err != nil {
		return nil, badRequest("the parameters cannot be written as JSON")
	}
	ans := s.answers.run(ctx, &question{text: e.text, variables: variables})
	if len(ans.errors) > 0 {
		code, _ := ans.errors[0].Extensions["code"].(string)
		message := ans.errors[0].Message
		if place, ok := strings.CutPrefix(ans.errors[0].Path.String(), "variable."); ok {
			message = place + ": " + message
		}
		return nil, &httpError{statusOfCode(code), code, message}
	}
	var data struct{ Issues exportedPage }
	if err := json.Unmarshal(ans.data, &data); err != nil {
		return nil, fmt.Errorf("read a page of an export: %w", err)
	}
	return &data.Issues, nil
}

// unchanged refuses a page that may have been read by other mappings than those before it.
func (s *Server) unchanged(ctx context.Context, e *export) error {
	mapped, err := s.deps.Store.Columns(ctx)
	if err != nil {
		return err
	}
	for _, c := range e.columns {
		if c.mapped.ID == "" {
			continue
		}
		if now, err := mapped.Named(c.mapped.Name); err != nil || now.ID != c.mapped.ID {
			return &httpError{http.StatusConflict, graph.CodeConflict, "the mapping of " + c.name + " has changed while it was exported: ask again"}
		}
	}
	return nil
}

// newExport reads the parameters.
func (s *Server) newExport(ctx context.Context, given url.Values) (*export, error) {
	e := &export{variables: map[string]any{"visibility": "LIVE"}}
	for _, name := range []string{"search", "visibility"} {
		if given.Get(name) != "" {
			e.variables[name] = given.Get(name)
		}
	}
	if where := given.Get("where"); where != "" {
		filter, err := exportFilter(where, s.deps.Limits.Document())
		if err != nil {
			return nil, err
		}
		e.variables["where"] = filter
	}
	mapped, err := s.deps.Store.Columns(ctx)
	if err != nil {
		return nil, err
	}
	if e.columns, err = exportColumns(given.Get("columns"), mapped); err != nil {
		return nil, err
	}
	e.seal = columnsSeal(e.columns)
	if after := strings.TrimPrefix(given.Get("after"), guard); after != "" {
		if e.variables["after"], err = unsealed(after, e.seal); err != nil {
			return nil, err
		}
	}
	e.text, e.most = exportText(e.columns, s.deps.Limits)
	e.first = e.most
	return e, nil
}
