package db

// jiraIDBits leaves room for 32,767 instances and 2^48 issues of each.
const jiraIDBits = 48

// IssueID is the key of an issue in every table: its instance and Jira's id in one number.
func IssueID(instance int, jiraID int64) int64 { return int64(instance)<<jiraIDBits | jiraID }

// SplitIssueID undoes [IssueID].
func SplitIssueID(id int64) (instance int, jiraID int64) {
	return int(id >> jiraIDBits), id & (1<<jiraIDBits - 1)
}
