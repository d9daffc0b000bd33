import { Link } from "@tanstack/react-router";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { formatDuration, formatNumber } from "@/ui/format";
import { Section } from "@/ui/Section";
import table from "@/ui/table.module.css";
import { StateBadge } from "./StateBadge";
import styles from "./RunProjects.module.css";

export const runProjectsFragment = graphql(`
  fragment RunProjects on SyncRun {
    instance {
      id
      name
    }
    projects {
      projectKey
      state
      fetched
      expected
      created
      updated
      deleted
      failed
      startedAt
      finishedAt
      error
      project {
        id
        name
      }
    }
  }
`);

/** The same run project by project, those with trouble first. */
export function RunProjects({ data }: { data: FragmentOf<typeof runProjectsFragment> }) {
  const { projects, instance } = readFragment(runProjectsFragment, data);
  return (
    <Section title="Projects">
      {projects.length === 0 ? (
        <p className={table.quiet}>No project was touched.</p>
      ) : (
        <div className={table.scroll} role="region" aria-label="Projects of the run" tabIndex={0}>
          <table className={`${table.table} ${styles.projects}`}>
            <thead>
              <tr>
                <th scope="col">Project</th>
                <th scope="col">State</th>
                {["Took", "Fetched", "Expected", "Created", "Updated", "Deleted", "Failed"].map(
                  (label) => (
                    <th key={label} scope="col" className={table.number}>
                      {label}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {projects.map((run) => (
                <tr key={run.projectKey}>
                  <th scope="row">
                    <Link
                      to="/issues"
                      search={{ instances: [instance.name], projects: [run.projectKey] }}
                      title={run.project?.name}
                    >
                      {run.projectKey}
                    </Link>
                  </th>
                  <td>
                    <StateBadge state={run.state} />
                    {run.error && <p className={styles.error}>{run.error}</p>}
                  </td>
                  <td className={table.number}>
                    {run.finishedAt &&
                      formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}
                  </td>
                  <td className={table.number}>{formatNumber(run.fetched)}</td>
                  <td className={table.number}>
                    {run.expected === null ? "–" : formatNumber(run.expected)}
                  </td>
                  {[run.created, run.updated, run.deleted, run.failed].map((value, index) => (
                    <td key={index} className={`${table.number} ${value === 0 ? table.quiet : ""}`}>
                      {formatNumber(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
