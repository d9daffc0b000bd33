package loaders

import "sync/atomic"

// Objects are the objects of one value of a field, which the executor works on side by side: each
// is a strand of its own. An object's plain fields come first, one after the other, each with all
// that is below it; then its resolvers, side by side. So a strand becomes as many as a list has
// elements or an object resolvers, and one again when the last of them has ended.
type Objects struct {
	askers *askers
	of     *Object // whose field has this value; nil at the root
	plain  bool    // that field is one of its plain ones
	open   atomic.Int64
	each   []Object
}

// Object is one of [Objects].
type Object struct {
	in        *Objects
	plain     atomic.Int64 // plain fields that have not ended
	resolvers int64
	open      atomic.Int64 // resolvers that have not ended
}

// Root begins an answer with an object of so many fields.
func (r *Request) Root(plain, resolvers int) *Objects {
	root := &Objects{askers: &r.askers}
	r.askers.busy.Add(root.fill(1, 1, plain, resolvers))
	return root
}

// At is the object at a place of the list, or the only one.
func (o *Objects) At(i int) *Object {
	if i >= len(o.each) {
		return nil
	}
	return &o.each[i]
}

// fill makes the objects and returns how many strands there are now.
func (o *Objects) fill(places, objects, plain, resolvers int) int64 {
	o.open.Store(int64(objects))
	o.each = make([]Object, places)
	for i := range o.each {
		o.each[i].in = o
		o.each[i].plain.Store(int64(plain))
		o.each[i].resolvers = int64(resolvers)
		o.each[i].open.Store(int64(resolvers))
	}
	if plain > 0 {
		return int64(objects)
	}
	return int64(objects * resolvers)
}

// Has says that a field, a plain one or a resolver, has a value with so many objects at so many
// places, each with so many fields, and fills below with them.
func (o *Object) Has(plain bool, below *Objects, places, objects, plains, resolvers int) {
	if objects == 0 || plains+resolvers == 0 {
		o.Ended(plain)
		return
	}
	below.askers, below.of, below.plain = o.in.askers, o, plain
	o.in.askers.change(below.fill(places, objects, plains, resolvers) - 1)
}

// Ended says that a field, a plain one or a resolver, has a value with nothing below it.
func (o *Object) Ended(plain bool) { o.in.askers.change(o.ended(plain)) }

// ended ends a field and returns the change in the number of strands.
func (o *Object) ended(plain bool) int64 {
	switch {
	case plain && o.plain.Add(-1) > 0:
		return 0
	case plain && o.resolvers > 0:
		return o.resolvers - 1
	case !plain && o.open.Add(-1) > 0, o.in.open.Add(-1) > 0, o.in.of == nil:
		return -1
	}
	return o.in.of.ended(o.in.plain)
}
