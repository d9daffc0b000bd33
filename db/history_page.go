package db

// ChildPage says which part of a list of children is asked for, by place. The zero value is its
// beginning.
type ChildPage struct {
	Limit         int  // how many
	Backward      bool // from the end
	After, Before string
	Total         bool // the length of the whole list is asked for too
}

// ChangesPageKey is a page of the changelog, perhaps of one field only. Pages of one key are the
// same page.
type ChangesPageKey struct {
	ChildPage
	Field string // name or id; empty: every field
}

// ChangesPage is a page of an issue's changelog that was read with the issue.
type ChangesPage struct {
	Key  ChangesPageKey
	Page *ChangelogConnection
}
