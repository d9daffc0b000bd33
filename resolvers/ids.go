package resolvers

import "jirasync/db"

// idOf reads a global id that is to be of one kind.
func idOf(id, kind string) (db.GlobalID, error) {
	global, err := db.ParseGlobalID(id)
	if err == nil && global.Kind != kind {
		err = &db.BadIDError{ID: id}
	}
	return global, err
}

// numberOf reads the number in a global id of one kind.
func numberOf(id, kind string) (int64, error) {
	global, err := idOf(id, kind)
	if err != nil {
		return 0, err
	}
	return global.Number()
}

// issueNumber reads the number that an issue has in every table.
func issueNumber(id string) (int64, error) {
	global, err := idOf(id, db.KindIssue)
	if err != nil {
		return 0, err
	}
	number, err := global.Number()
	if err != nil {
		return 0, err
	}
	return db.IssueID(global.Instance, number), nil
}
