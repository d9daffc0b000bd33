package db

// UserKey names a user in all of the mirror.
type UserKey struct {
	Instance  int
	AccountID string // Cloud: accountId, Data Center: key
}

// User is a person as Jira shows them.
type User struct {
	InstanceID  int
	AccountID   string
	DisplayName string
	Email       *string // nil where Jira hides it
	AvatarURL   *string
	Active      bool
	Instance    *Instance
}

// ID is its global id.
func (u *User) ID() string { return GlobalID{KindUser, u.InstanceID, u.AccountID}.String() }
