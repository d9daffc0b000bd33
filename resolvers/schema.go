package resolvers

import (
	"context"

	"jirasync/db"
	"jirasync/graph"
)

func (r *queryResolver) Node(ctx context.Context, id string) (db.Node, error) {
	global, err := db.ParseGlobalID(id)
	if err != nil {
		return nil, err
	}
	return r.node(ctx, global)
}

func (r *Resolver) Mutation() graph.MutationResolver { return &mutationResolver{r} }

func (r *Resolver) Query() graph.QueryResolver { return &queryResolver{r} }

func (r *Resolver) Subscription() graph.SubscriptionResolver { return &subscriptionResolver{r} }

type (
	mutationResolver     struct{ *Resolver }
	queryResolver        struct{ *Resolver }
	subscriptionResolver struct{ *Resolver }
)
