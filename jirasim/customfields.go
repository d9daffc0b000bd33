package jirasim

// customField describes a custom field before it has an id.
type customField struct {
	name    string
	kind    fieldKind
	present int // of 100 projects
	filled  int // of 1000 issues
	options []string
}

var (
	severities = []string{"S1 - Critical", "S2 - Major", "S3 - Minor", "S4 - Trivial"}
	teams      = []string{"Aurora", "Borealis", "Cumulus", "Delta & Co", "Équipe Sud", "Falcon", "Gamma \"G\"", "Helios"}
	regions    = []string{
		"EMEA>Germany|France|Nordics|UK & Ireland|South Africa", "Americas>USA|Canada|Brazil|Mexico",
		"APAC>Japan|India|Australia|Singapore", "Global",
	}
	yesNo     = []string{"Yes", "No"}
	levels    = []string{"Low", "Medium", "High", "Very high"}
	platforms = []string{"Linux", "Windows", "macOS", "Android", "iOS", "Web"}
	choices   = []string{"Open", "Agreed", "Rejected", "Deferred", "Not needed"}
	tree      = []string{"Hardware>Server|Client|Printer", "Software>In-house|Licensed|Open source", "Service>Internal|External"}
)

// known are the fields that reports ask for, by the names teams give them. The types of
// some differ between the flavors, as between two companies: Team is a choice here and
// free text there, Target Date has a time of day only on Data Center.
func known(f Flavor) []customField {
	team, target := fkSelect, fkDate
	if f == DataCenter {
		team, target = fkText, fkDateTime
	}
	return []customField{
		{"Epic Link", fkEpicLink, 100, 0, nil},
		{"Epic Name", fkEpicName, 100, 0, nil},
		{"Sprint", fkSprint, 100, 0, nil},
		{"Rank", fkRank, 100, 1000, nil},
		{"Parent Link", fkParentLink, 100, 0, nil},
		{"Flagged", fkFlagged, 100, 40, []string{"Impediment"}},
		{"Development", fkDevelopment, 100, 300, nil},
		{"Story Points", fkNumber, 100, 620, nil},
		{"Team", team, 100, 700, teams},
		{"Severity", fkSelect, 100, 450, severities},
		{"Target Date", target, 100, 380, nil},
		{"Region", fkCascading, 100, 330, regions},
		{"Customer", fkText, 80, 420, nil},
		{"Root Cause", fkTextarea, 70, 160, nil},
		{"Acceptance Criteria", fkTextarea, 75, 380, nil},
		{"Business Value", fkNumber, 70, 340, nil},
		{"Start date", fkDate, 90, 300, nil},
		{"Reviewer", fkUser, 80, 350, nil},
		{"Approvers", fkUsers, 60, 230, nil},
		{"Affected Platforms", fkMultiSelect, 80, 330, platforms},
		{"Release Train", fkSelect, 60, 300, []string{"Alpha", "Bravo", "Charlie"}},
		{"Time to resolution", fkSLA, 40, 500, nil},
		{"Time to first response", fkSLA, 40, 500, nil},
		{"Request Type", fkRequestType, 40, 500, nil},
		{"Organizations", fkOrganizations, 40, 300, nil},
		{"Work category", fkRadio, 60, 380, []string{"Feature", "Maintenance", "Defect", "Research"}},
		{"Target Version", fkVersion, 60, 250, nil},
		{"Found in Versions", fkVersions, 50, 180, nil},
		{"Responsible Group", fkGroup, 55, 220, nil},
		{"Informed Groups", fkGroups, 40, 120, nil},
		{"Topics", fkLabels, 60, 280, nil},
		{"Specification", fkURL, 60, 240, nil},
		{"Related Project", fkProject, 40, 100, nil},
		{"External Reference", fkReadonly, 50, 220, nil},
		{"Checks", fkCheckboxes, 55, 240, []string{"Docs", "Tests", "Security", "Performance"}},
	}
}

// The long tail: every area invented the same things again.
var (
	tailAreas = []string{
		"Legal", "Security", "Finance", "Marketing", "Vendor", "Data Privacy", "Migration", "Hosting",
		"Audit", "Training", "Hardware", "Licence", "Partner", "Rollout", "Contract", "Logistics",
		"Compliance", "Customer Success", "Procurement", "Localisation",
	}
	tailThings = []customField{
		{"Review Date", fkDate, 0, 0, nil},
		{"Approver", fkUser, 0, 0, nil},
		{"Cost (EUR)", fkNumber, 0, 0, nil},
		{"Contact", fkText, 0, 0, nil},
		{"Risk", fkSelect, 0, 0, levels},
		{"Notes", fkTextarea, 0, 0, nil},
		{"Signed off at", fkDateTime, 0, 0, nil},
		{"Category", fkCascading, 0, 0, tree},
		{"Needed?", fkRadio, 0, 0, yesNo},
		{"Tags", fkLabels, 0, 0, nil},
		{"Scope", fkMultiSelect, 0, 0, platforms},
		{"Decision", fkSelect, 0, 0, choices},
		{"Stakeholders", fkUsers, 0, 0, nil},
		{"Reference", fkURL, 0, 0, nil},
		{"Effort", fkNumber, 0, 0, nil},
		{"Group", fkGroup, 0, 0, nil},
		{"Checklist", fkCheckboxes, 0, 0, yesNo},
		{"Version", fkVersion, 0, 0, nil},
	}
)

// customFields describes count fields: the known ones, one name twice, then the tail.
func customFields(o Options, count int) []customField {
	list := known(o.Flavor)
	twice := customField{"Customer", fkSelect, 60, 300, []string{"ACME", "Globex", "Initech"}}
	if o.Flavor == DataCenter {
		twice = customField{"Release Train", fkText, 60, 250, nil}
	}
	list = append(list, twice)
	filled := 110 // demo: 10 to 30 fields of an issue have a value
	if o.PayloadScale == ScaleBench {
		filled = 330
	}
	for i := 0; len(list) < count; i++ {
		thing := tailThings[i%len(tailThings)]
		area := tailAreas[i/len(tailThings)%len(tailAreas)]
		round := i / len(tailThings) / len(tailAreas)
		name := area + " " + thing.name
		if round > 0 {
			name += " " + string(rune('A'+round))
		}
		d := dice(mix(o.Seed, uint64(i)+0xf1e1d))
		list = append(list, customField{name, thing.kind, d.between(15, 70), filled * d.between(50, 150) / 100, thing.options})
	}
	return list[:count]
}
