package jirasim

import (
	"fmt"
	"strconv"
	"strings"
)

// project is one project. Its issues stand in world.
type project struct {
	id        int64
	key, name string
	word      string // in the names of its sprints: the key it began with
	lead      int    // place among people
	scrum     bool
	boardID   int64
	flow      int // place in workflows

	// Born and closed: shares of the time before the epoch in which issues are created.
	from, until float64
	weight      float64 // share of issues

	components, versions []entry
	json                 []byte // as embedded in documents
	fields               []int  // places in the dictionary of fields, in the order of documents
	hidden               bool   // from the API user
	archived             bool
}

// shown tells whether searches find its issues.
func (p *project) shown() bool { return !p.hidden && !p.archived }

// The keys of some projects are reserved words of JQL, and both instances have an OPS, a
// CF and a WEB: a key alone names no issue.
var projectNames = [][2]string{
	{"OPS", "Operations"},
	{"WEB", "Web Shop"},
	{"CF", "Customer Feedback"},
	{"PAY", "Payments"},
	{"MOB", "Mobile App"},
	{"PLAT", "Platform"},
	{"DATA", "Data Warehouse"},
	{"SEC", "Security"},
	{"ORDER", "Order Management"},
	{"SUP", "Support Desk"},
	{"INFRA", "Infrastructure"},
	{"SELECT", "Selection Tools"},
	{"HR", "Human Resources"},
	{"LEGAL", "Legal & Compliance"},
	{"CRM", "Customer Relations"},
	{"FIN", "Finance"},
	{"QA", "Quality"},
	{"DOC", "Documentation"},
	{"API", "Public API"},
	{"ML", "Machine Learning"},
	{"DATE", "Date & Time Library"},
	{"IOT", "Devices"},
	{"GROUP", "Group Services"},
	{"NET", "Network"},
	{"UX", "Design \"System\""},
	{"A1", "Alpha One"},
	{"LOG", "Logistics"},
	{"UBER", "Überland Transport"},
	{"R_D", "Research"},
	{"BI", "Reporting"},
}

var (
	componentNames = []string{
		"Backend", "Frontend", "Database", "API", "Authentication", "Search", "Billing", "Reporting",
		"Notifications", "Importer", "Mobile", "Build, Release", "Caching", "Localisation", "Ingest", "Scheduler",
	}
	keyWords = []string{"NOVA", "ORCA", "PINE", "RUBY", "SAGE", "TERN", "VOLT", "WREN", "YAK", "ZINC", "ATOM", "BOLT"}
)

// projectCount grows slowly: 3 for ten issues, some 20 for the demo, 150 for a million.
func projectCount(issues int) int {
	n := 3
	for size := 20; size < issues; size *= 2 {
		n += max(1, n*27/100)
	}
	return min(n, 150)
}

func makeProjects(o Options, people int) []*project {
	projects := make([]*project, projectCount(o.Issues))
	for i := range projects {
		projects[i] = makeProject(o, i, people)
	}
	return projects
}

func makeProject(o Options, i, people int) *project {
	d := dice(mix(mix(o.Seed, 0x9407ec7), uint64(i)))
	p := &project{
		id: int64(10000 + 3*i), lead: d.skewed(people), scrum: d.chance(65), boardID: int64(20 + 2*i),
		flow: i % len(workflows), until: 1, weight: 1 / float64(i+1),
	}
	p.key, p.name = projectName(o, i)
	p.word = p.key
	if i > 2 && d.chance(60) {
		p.from = d.float() * 0.7
	}
	if i > 3 && d.chance(20) {
		p.until = p.from + (1-p.from)*(0.3+0.6*d.float())
	}
	rest := o.baseURL() + "/rest/api/" + apiVersion(o.Flavor)
	shuffled := d.n(len(componentNames))
	for n := range d.between(3, 8) {
		id := int64(10000 + 100*i + n)
		name := componentNames[(shuffled+n)%len(componentNames)]
		p.components = append(p.components, entry{id, name, namedJSON(rest+"/component/", id, name, "")})
	}
	for n := range d.between(3, 12) {
		p.versions = append(p.versions, makeVersion(rest, int64(10000+100*i+n), n, &d))
	}
	p.json = projectJSON(o, rest, p)
	return p
}

// projectName takes the shared list in another order on Data Center; past its end, names
// are made.
func projectName(o Options, i int) (key, name string) {
	if i < len(projectNames) {
		at := i
		if o.Flavor == DataCenter && i > 2 {
			at = 2 + len(projectNames) - i
		}
		n := projectNames[at]
		return n[0], n[1]
	}
	word := keyWords[i%len(keyWords)]
	n := strconv.Itoa(i)
	if o.Flavor == DataCenter {
		n += "D"
	}
	return word + n, word[:1] + strings.ToLower(word[1:]) + " " + n
}

func makeVersion(rest string, id int64, n int, d *dice) entry {
	name := fmt.Sprintf("%d.%d", 1+n/4, n%4)
	released := d.chance(60)
	more := `,"description":"","archived":false,"released":` + strconv.FormatBool(released)
	if released {
		more += fmt.Sprintf(`,"releaseDate":"20%02d-%02d-%02d"`, 22+n/4, 1+n%12, 1+d.n(28))
	}
	return entry{id, name, namedJSON(rest+"/version/", id, name, more)}
}

func projectJSON(o Options, rest string, p *project) []byte {
	id := strconv.FormatInt(p.id, 10)
	b := append([]byte(nil), `{"self":"`+rest+`/project/`+id+`","id":"`+id+`","key":"`+p.key+`","name":`...)
	b = appendString(b, p.name)
	kind := "software"
	if workflows[p.flow].start == stOpen && p.flow == 2 {
		kind = "service_desk"
	}
	b = append(b, `,"projectTypeKey":"`+kind+`"`...)
	if o.Flavor == Cloud {
		b = append(b, `,"simplified":false`...)
	}
	avatar := o.baseURL() + `/secure/projectavatar?pid=` + id + `&avatarId=10400`
	b = append(b, `,"avatarUrls":{"48x48":"`+avatar+`","24x24":"`+avatar+`&size=small"}`...)
	return append(b, '}')
}
