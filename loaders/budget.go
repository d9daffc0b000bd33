package loaders

import "jirasync/query"

// grown refuses an answer that would hold more rows than the source allows. What an operation may
// cost is known before it begins, but not how long lists without pages are, nor what hangs below
// each of their members.
func (r *Request) grown(rows int) error {
	if most := r.source.Rows; most > 0 && r.rows.Add(int64(rows)) > int64(most) {
		return &query.LimitError{What: "rows in lists within lists", Got: int(r.rows.Load()), Limit: most}
	}
	return nil
}

// within refuses lists that have grown the answer too much.
func within[V any](r *Request, lists [][]V, n int, err error) []result[[]V] {
	rows := 0
	for _, list := range lists {
		rows += len(list)
	}
	if err == nil {
		err = r.grown(rows)
	}
	return all(lists, n, err)
}
