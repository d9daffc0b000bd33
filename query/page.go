package query

// defaultPage is how many elements a page has when nobody says.
const defaultPage = 50

// PageArgs are the arguments of a list, as they were given.
type PageArgs struct {
	First, Last   *int
	After, Before *string // empty: none
}

// Page is a part of a list.
type Page struct {
	Limit         int
	Backward      bool   // from the end
	After, Before string // cursors; empty: from the end of the list
	Exact         bool   // whether more follow is not asked: one less is read
}

// read is how many elements a statement reads: one more than the page tells whether more follow.
func (p Page) read() int {
	if p.Exact {
		return p.Limit
	}
	return p.Limit + 1
}

// Page checks the arguments.
func (a PageArgs) Page(limits Limits) (Page, error) {
	p := Page{Limit: min(defaultPage, limits.Page)}
	name, asked := "first", a.First
	if a.Last != nil {
		if a.First != nil {
			return Page{}, inputErrorf("give either first or last, not both")
		}
		name, asked, p.Backward = "last", a.Last, true
	}
	if asked != nil {
		if *asked < 1 || *asked > limits.Page {
			return Page{}, inputErrorf("%s is %d, it must be 1 to %d", name, *asked, limits.Page)
		}
		p.Limit = *asked
	}
	if a.After != nil {
		p.After = *a.After
	}
	if a.Before != nil {
		p.Before = *a.Before
	}
	if p.Before != "" && p.After == "" && a.First == nil && a.Last == nil {
		p.Backward = true // the page before a place, of the usual size
	}
	return p, nil
}
