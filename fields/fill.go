package fields

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"jirasync/db"
)

const (
	// fillBatch is how many issues are filled in one transaction.
	fillBatch = 2000
	// tellEvery is how often progress is told.
	tellEvery = 500 * time.Millisecond
)

// fill fills the columns of a stage to the end and puts them in place. The next batch is read while
// one is written.
func (w *Worker) fill(ctx context.Context, lease db.Lease, stage db.FillStage) error {
	began := time.Now()
	batches := make(chan []db.RawIssue, 1)
	group, inner := errgroup.WithContext(ctx)
	fields := fieldsOf(stage.Columns)
	group.Go(func() error {
		defer close(batches)
		return w.read(inner, fields, stage.Cursor, batches)
	})
	progress := &teller{worker: w, stage: stage, began: began}
	group.Go(func() error {
		for batch := range batches {
			if err := w.store.WriteFill(inner, lease, stage.Columns, batch, rows(stage.Columns, fields, batch)); err != nil {
				return err
			}
			progress.add(inner, len(batch))
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	version, err := w.store.SwitchColumns(ctx, lease, stage.Columns)
	if err != nil {
		return err
	}
	progress.tell(ctx, db.MappingReady, version)
	w.log.InfoContext(ctx, "filled mapped columns", slog.Int("columns", len(stage.Columns)), slog.Int("issues", progress.done),
		slog.Duration("took", time.Since(began).Round(time.Millisecond)))
	return nil
}

// read hands on batch after batch of raw values, to the last issue.
func (w *Worker) read(ctx context.Context, fields []string, cursor int64, batches chan<- []db.RawIssue) error {
	for {
		batch, err := w.store.ReadRaw(ctx, fields, cursor, fillBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		cursor = batch[len(batch)-1].ID
		select {
		case batches <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
		if len(batch) < fillBatch {
			return nil // whatever comes after is written by pages, which know the columns
		}
	}
}

// fieldsOf are the fields that columns read, each once.
func fieldsOf(columns []db.MappedColumn) []string {
	var fields []string
	for _, c := range columns {
		for _, source := range c.Sources {
			fields = append(fields, source.FieldID)
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

func rows(columns []db.MappedColumn, fields []string, batch []db.RawIssue) []db.MappedRow {
	converted := make([]db.MappedRow, len(batch))
	for n := range batch {
		issue := &batch[n]
		converted[n] = row(columns, issue.Instance(), func(field string) []byte {
			if at, found := slices.BinarySearch(fields, field); found {
				return issue.Values[at]
			}
			return nil
		})
	}
	return converted
}

// teller tells how far a fill is.
type teller struct {
	worker *Worker
	stage  db.FillStage
	began  time.Time
	told   time.Time
	done   int // by this worker
}

func (t *teller) add(ctx context.Context, n int) {
	t.done += n
	if time.Since(t.told) < tellEvery {
		return
	}
	t.told = time.Now()
	t.tell(ctx, db.MappingFilling, 0)
}

func (t *teller) tell(ctx context.Context, state db.MappingState, version int64) {
	done := t.stage.Done + t.done
	p := db.FieldMappingProgress{State: state, Done: done, Total: max(t.stage.Total, done), Version: version}
	if seconds := time.Since(t.began).Seconds(); seconds > 0 {
		rate := float64(t.done) / seconds
		p.IssuesPerSecond = &rate
	}
	for _, c := range t.stage.Columns {
		p.MappingID = c.MappingID
		t.worker.publish(ctx, p)
	}
}
