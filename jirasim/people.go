package jirasim

import (
	"fmt"
	"strconv"
	"strings"
)

// person is one account. Jira Cloud knows it by accountId and mostly hides its address;
// Data Center by name and key, which differ once somebody was renamed.
type person struct {
	accountID string
	name, key string
	display   string
	email     string // empty when hidden
	active    bool
	json      []byte // as embedded in documents
}

// id is what the flavor calls the person in changelogs and filters.
func (p *person) id(f Flavor) string {
	if f == Cloud {
		return p.accountID
	}
	return p.key
}

var (
	firstNames = []string{
		"Ada", "Bram", "Chiara", "Dmitri", "Éloïse", "Farid", "Grace", "Henrik", "Ines",
		"Jürgen", "Keiko", "Łukasz", "Maya", "Nils", "Olga", "Priya", "Quentin", "Rosa",
		"Søren", "Tariq", "Ursula", "Vikram", "Wei", "Ximena", "Yusuf", "Zoë", "Siobhán", "李",
	}
	lastNames = []string{
		"Abbott", "Bergström", "Castillo", "Dubois", "Eriksen", "Fischer", "García", "Haddad",
		"Ivanova", "Janssen", "Kowalski", "Larsen", "Müller", "Nakamura", "O'Brien", "Petrov",
		"Quist", "Rossi", "Schmidt", "Tanaka", "Ueda", "Van Dijk", "Weber", "Xu", "Young",
		"Zhang", "Ñáñez", "Smith-Jones",
	}
)

// peopleCount grows slower than the issues: 8 for ten of them, some 4,000 for a million.
func peopleCount(issues int) int {
	n := 8
	for size := 20; size < issues && n < 4000; size *= 2 {
		n += n * 45 / 100
	}
	return min(n, 4000)
}

func makePeople(o Options) []person {
	people := make([]person, peopleCount(o.Issues))
	for i := range people {
		people[i] = makePerson(o, i)
	}
	return people
}

func makePerson(o Options, i int) person {
	d := dice(mix(mix(o.Seed, 0x9e0917e), uint64(i)))
	first, last := firstNames[d.n(len(firstNames))], lastNames[d.n(len(lastNames))]
	p := person{display: first + " " + last, active: !d.chance(9)}
	login := fmt.Sprintf("%s.%s%d", asciiLower(first), asciiLower(last), i)
	p.email = login + "@" + strings.ToLower(o.Name) + ".example"
	p.accountID = fmt.Sprintf("%06x:%08x-%04x-4%03x-a%03x-%012x", d.next()&0xffffff, d.next()&0xffffffff,
		d.next()&0xffff, d.next()&0xfff, d.next()&0xfff, d.next()&0xffffffffffff)
	if d.chance(30) {
		p.accountID = fmt.Sprintf("5%023x", d.next())
	}
	p.name, p.key = login, login
	switch {
	case d.chance(4): // anonymised
		p.key = "JIRAUSER" + strconv.Itoa(10100+i)
		p.name, p.email, p.active = "jirauser"+strconv.Itoa(10100+i), "", false
		p.display = "Former user"
	case d.chance(25): // renamed since: the key stayed
		p.key = "JIRAUSER" + strconv.Itoa(10100+i)
	}
	if o.Flavor == Cloud && d.chance(70) || d.chance(3) {
		p.email = ""
	}
	p.json = appendPerson(nil, o, &p, i)
	return p
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, s)
}

func appendPerson(b []byte, o Options, p *person, i int) []byte {
	base := o.baseURL()
	if o.Flavor == Cloud {
		b = append(b, `{"self":"`+base+`/rest/api/3/user?accountId=`+strings.ReplaceAll(p.accountID, ":", "%3A")+`","accountId":"`+p.accountID+`"`...)
	} else {
		b = append(b, `{"self":"`+base+`/rest/api/2/user?username=`+p.name+`","name":"`+p.name+`","key":"`+p.key+`"`...)
	}
	if p.email != "" {
		b = append(b, `,"emailAddress":"`+p.email+`"`...)
	}
	b = append(b, `,"avatarUrls":{`...)
	avatar := base + `/secure/useravatar?avatarId=` + strconv.Itoa(10330+i%20)
	b = append(b, `"48x48":"`+avatar+`","24x24":"`+avatar+`&size=small"},"displayName":`...)
	b = appendString(b, p.display)
	b = append(b, `,"active":`...)
	b = strconv.AppendBool(b, p.active)
	b = append(b, `,"timeZone":"Europe/Berlin"`...)
	if o.Flavor == Cloud {
		kind := "atlassian"
		if i > 0 && i%37 == 0 {
			kind = "app"
		}
		b = append(b, `,"accountType":"`+kind+`"`...)
	}
	return append(b, '}')
}
