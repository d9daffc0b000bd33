package resolvers

import (
	"log/slog"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"jirasync/graph"
)

func TestPanicOfWhatFillsASubscriptionEndsIt(t *testing.T) {
	t.Parallel()
	presenter := graph.Presenter{Log: slog.New(slog.DiscardHandler)}
	ctx, end := graph.WithStreamEnd(graphql.WithOperationContext(t.Context(), &graphql.OperationContext{RecoverFunc: presenter.Recover}))
	_, open := <-filled(ctx, make(chan int), func() { panic("an unlucky number") })
	require.False(t, open)
	require.ErrorContains(t, end.Err(), "something went wrong on the server")
}

func TestSubscriptionWithoutAPartIsAMistake(t *testing.T) {
	t.Parallel()
	require.True(t, presentOnly(graph.WithPart(t.Context(), graph.PresentPart)))
	require.False(t, presentOnly(graph.WithPart(t.Context(), graph.NewsPart)))
	require.Panics(t, func() { presentOnly(t.Context()) })
}
