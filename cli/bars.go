package cli

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"jirasync/db"
	"jirasync/mirror"
)

// bars are one progress bar an instance.
type bars struct {
	all  *mpb.Progress
	each map[int]*mpb.Bar
}

func newBars(out io.Writer, instances []mirror.Instance) *bars {
	b := &bars{all: mpb.New(mpb.WithOutput(out), mpb.WithWidth(50)), each: map[int]*mpb.Bar{}}
	for _, in := range instances {
		b.each[in.ID] = b.all.AddBar(0,
			mpb.PrependDecorators(decor.Name(in.Name+"  ")),
			mpb.AppendDecorators(decor.CountersNoUnit("%d / %d"), decor.Name("  "), decor.AverageSpeed(0, "%.0f/s")),
		)
	}
	return b
}

func (b *bars) move(p db.Progress) {
	bar, ours := b.each[p.InstanceID]
	if !ours {
		return
	}
	if p.Expected != nil {
		bar.SetTotal(int64(max(*p.Expected, p.Done)), false)
	} else {
		bar.SetTotal(int64(p.Done)+1, false) // not known: never quite full
	}
	bar.SetCurrent(int64(p.Done))
}

func (b *bars) end(instance mirror.Instance) { b.each[instance.ID].SetTotal(-1, true) }

func (b *bars) wait() { b.all.Wait() }

// onTerminal reports whether a person watches standard error.
func (s *session) onTerminal() bool {
	file, ok := s.stderr.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
