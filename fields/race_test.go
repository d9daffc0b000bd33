package fields_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"jirasync/db"
	"jirasync/query"
)

// Pages that land while a column is made and filled are not overwritten by what the fill has read
// before them.
func TestPagesAndFillsAtOnceEndInTheTruth(t *testing.T) {
	s := newSite(t, 400)
	spec := s.both("points", "Story Points", query.NumberField)
	m := s.save(spec)
	types := []query.ValueType{query.TextField, query.NumberField, query.TextListField, query.NumberField}
	stop := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := s.worker.Pass(s.Context()); err != nil {
				done <- err
				return
			}
		}
	}()
	for _, kind := range types {
		s.sims[0].Touch(60)
		s.sims[1].Touch(60)
		s.sync(db.Incremental)
		m = s.change(s.mapping(m.MappingID), func(spec *db.MappingSpec) { spec.Type = kind })
		s.sims[0].Touch(60)
		s.sync(db.Incremental)
	}
	close(stop)
	require.NoError(t, <-done)
	s.passUntilReady()
	require.Equal(t, s.truth(spec, func(raw json.RawMessage) string { return string(raw) }), s.column("points"))
}
