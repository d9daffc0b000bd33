package jirasim

import "math/bits"

// dice is a stream of pseudo-random numbers (splitmix64): eight bytes, no allocation, the
// same on every machine.
type dice uint64

// mix makes one number of two; it seeds dice for a thing within a thing.
func mix(a, b uint64) uint64 {
	d := dice(a ^ bits.RotateLeft64(b*0x9e3779b97f4a7c15, 32))
	return d.next()
}

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// n is a number from 0 to limit-1.
func (d *dice) n(limit int) int {
	if limit <= 1 {
		return 0
	}
	hi, _ := bits.Mul64(d.next(), uint64(limit))
	return int(hi)
}

// between is a number from low to high, both included.
func (d *dice) between(low, high int) int { return low + d.n(high-low+1) }

// float is a number from 0 up to, not including, 1.
func (d *dice) float() float64 { return float64(d.next()>>11) / (1 << 53) }

func (d *dice) chance(percent int) bool { return d.n(100) < percent }

// skewed is a number from 0 to limit-1; small ones come far more often: few big projects,
// long tails of people.
func (d *dice) skewed(limit int) int {
	f := d.float()
	return int(f * f * f * float64(limit))
}

// weighted is an index into weights, each as likely as its weight says.
func (d *dice) weighted(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	at := d.n(total)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}
