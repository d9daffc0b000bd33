package db

import "strconv"

// InstanceTag and ProjectTag name versions wherever answers are kept: all of an instance, and all
// of one of its projects.
func InstanceTag(instance int) string { return "instance:" + strconv.Itoa(instance) }

// ProjectsTag is the tag of which projects there are, and under which keys.
const ProjectsTag = "projects"

// ProjectTag is the tag of one project, by Jira's id.
func ProjectTag(instance int, project int64) string {
	return "project:" + strconv.Itoa(instance) + ":" + strconv.FormatInt(project, 10)
}
