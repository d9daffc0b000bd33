package config

// Variable describes one name of the environment.
type Variable struct {
	Name    string
	Default string // empty: none
	Meaning string
	Secret  bool // may come from a file that Name_FILE names
}

// Reference is every name that the program reads, in the order of [Check]. The names of an instance
// stand once, their number as n.
func Reference() []Variable {
	var (
		c     Config
		db    databaseParts
		redis redisParts
		in    Instance
		keys  string
		all   []Variable
	)
	for _, v := range append(c.variables(&db, &redis), in.variables("n", &keys)...) {
		all = append(all, Variable{Name: v.name, Default: v.fallback, Meaning: v.meaning, Secret: v.secret})
	}
	return all
}
