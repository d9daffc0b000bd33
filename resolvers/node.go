package resolvers

import (
	"context"
	"errors"

	"jirasync/cache"
	"jirasync/db"
	"jirasync/loaders"
	"jirasync/query"
)

// node finds an object by its global id. Null, never a typed nil, when there is none.
func (r *Resolver) node(ctx context.Context, id db.GlobalID) (db.Node, error) {
	load := loaders.From(ctx)
	if id.Kind == db.KindUser {
		return nodeOrNull(load.User(ctx, db.UserKey{Instance: id.Instance, AccountID: id.Key}))
	}
	number, err := id.Number()
	if err != nil {
		return nil, err
	}
	switch id.Kind {
	case db.KindIssue:
		return nodeOrNull(load.IssueByID(ctx, db.IssueID(id.Instance, number), r.oneWants(ctx)))
	case db.KindProject:
		return nodeOrNull(load.ProjectByRef(ctx, query.ProjectRef{Instance: id.Instance, ProjectID: number}))
	case db.KindInstance:
		return nodeOrNull(load.Instance(ctx, id.Instance))
	case db.KindMapping:
		cache.NoStore(ctx)
		return nodeOrNull(load.Mapping(ctx, int(number)))
	case db.KindBackup:
		cache.NoStore(ctx)
		backup, err := r.Store.MappingBackup(ctx, number)
		if errors.Is(err, db.ErrNotFound) {
			return nil, nil
		}
		return nodeOrNull(&backup, err)
	case db.KindRun:
		cache.NoStore(ctx)
		run, err := r.Store.Run(ctx, number)
		if errors.Is(err, db.ErrNotFound) {
			return nil, nil
		}
		return nodeOrNull(&run, err)
	}
	return nil, &db.BadIDError{ID: id.String()}
}

// nodeOf is a pointer that is a [db.Node].
type nodeOf[T any] interface {
	*T
	db.Node
}

func nodeOrNull[T any, N nodeOf[T]](object N, err error) (db.Node, error) {
	if err != nil || object == nil {
		return nil, err
	}
	return object, nil
}
