import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { graphql, readFragment, type FragmentOf, type ResultOf } from "@/graphql/graphql";
import { formatDate, formatDuration } from "@/ui/format";
import { StatusMark } from "@/ui/StatusMark";
import { Time } from "@/ui/Time";
import { IssueLine, issueLineFragment } from "./IssueLine";
import { mappedText, useMappedFields } from "./mappedFields";
import { PriorityMark } from "./PriorityMark";
import styles from "./IssueDetails.module.css";

export const issueDetailsFragment = graphql(
  `
    fragment IssueDetails on Issue {
      instance {
        id
        name
      }
      project {
        id
        key
        name
      }
      type {
        name
      }
      status {
        name
        category
      }
      priority {
        name
        rank
      }
      resolution
      description
      assignee {
        id
        displayName
      }
      reporter {
        id
        displayName
      }
      creator {
        id
        displayName
      }
      labels
      components
      fixVersions
      affectsVersions
      createdAt
      updatedAt
      resolvedAt
      dueDate
      timeSpentSeconds
      fields {
        name
        type
        value
      }
      syncedAt
      previousKeys
      parent {
        ...IssueLine
      }
      subtasks {
        ...IssueLine
      }
      links {
        type
        key
        issue {
          ...IssueLine
        }
      }
    }
  `,
  [issueLineFragment],
);

/** All that Jira's own fields say of an issue. */
export function IssueDetails({ data }: { data: FragmentOf<typeof issueDetailsFragment> }) {
  const issue = readFragment(issueDetailsFragment, data);
  return (
    <div className={styles.details}>
      <Fields issue={issue} />
      <MappedValues values={issue.fields} />
      <section>
        <h3 className={styles.heading}>Description</h3>
        {issue.description ? (
          <p className={styles.description}>{issue.description}</p>
        ) : (
          <p className={styles.quiet}>No description.</p>
        )}
      </section>
      {issue.parent && (
        <section>
          <h3 className={styles.heading}>Parent</h3>
          <IssueLine data={issue.parent} />
        </section>
      )}
      {issue.subtasks.length > 0 && (
        <section>
          <h3 className={styles.heading}>Subtasks</h3>
          <ul>
            {issue.subtasks.map((subtask, index) => (
              <li key={index}>
                <IssueLine data={subtask} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <Links links={issue.links} />
    </div>
  );
}

type Details = ResultOf<typeof issueDetailsFragment>;

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles.field}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Fields({ issue }: { issue: Details }) {
  const lists = [
    ["Labels", issue.labels],
    ["Components", issue.components],
    ["Fix versions", issue.fixVersions],
    ["Affects versions", issue.affectsVersions],
    ["Earlier keys", issue.previousKeys],
  ] as const;
  return (
    <dl className={styles.fields}>
      <Field label="Status">
        <StatusMark {...issue.status} />
      </Field>
      <Field label="Type">{issue.type.name}</Field>
      <Field label="Priority">
        {issue.priority ? <PriorityMark {...issue.priority} /> : <None />}
      </Field>
      <Field label="Resolution">{issue.resolution ?? <None>Unresolved</None>}</Field>
      <Field label="Assignee">{issue.assignee?.displayName ?? <None>Unassigned</None>}</Field>
      <Field label="Reporter">{issue.reporter?.displayName ?? <None />}</Field>
      {issue.creator && issue.creator.id !== issue.reporter?.id && (
        <Field label="Creator">{issue.creator.displayName}</Field>
      )}
      <Field label="Project">
        <Link
          to="/issues"
          search={{ instances: [issue.instance.name], projects: [issue.project.key] }}
        >
          {issue.project.name}
        </Link>
      </Field>
      <Field label="Created">
        <Time at={issue.createdAt} />
      </Field>
      <Field label="Updated">
        <Time at={issue.updatedAt} />
      </Field>
      {issue.resolvedAt && (
        <Field label="Resolved">
          <Time at={issue.resolvedAt} />
        </Field>
      )}
      {issue.dueDate && <Field label="Due">{formatDate(issue.dueDate)}</Field>}
      {issue.timeSpentSeconds !== null && (
        <Field label="Time spent">{formatDuration(issue.timeSpentSeconds * 1000)}</Field>
      )}
      {lists.map(
        ([label, values]) =>
          values.length > 0 && (
            <Field key={label} label={label}>
              {values.join(", ")}
            </Field>
          ),
      )}
      <Field label="Synced">
        <Time at={issue.syncedAt} />
      </Field>
    </dl>
  );
}

/** What the mapped fields say; those without a value say nothing. */
function MappedValues({ values }: { values: Details["fields"] }) {
  const mapped = useMappedFields() ?? [];
  const said = values.flatMap(({ name, type, value }) => {
    const text = mappedText(type, value);
    const label = mapped.find((field) => field.name === name)?.label ?? name;
    return text === "" ? [] : [{ name, label, text }];
  });
  if (said.length === 0) return null;
  return (
    <section>
      <h3 className={styles.heading}>Mapped fields</h3>
      <dl className={styles.fields}>
        {said.map(({ name, label, text }) => (
          <Field key={name} label={label}>
            {text}
          </Field>
        ))}
      </dl>
    </section>
  );
}

function None({ children = "None" }: { children?: string }) {
  return <span className={styles.quiet}>{children}</span>;
}

function Links({ links }: { links: Details["links"] }) {
  if (links.length === 0) return null;
  const types = [...new Set(links.map((link) => link.type))];
  return (
    <section>
      <h3 className={styles.heading}>Links</h3>
      {types.map((type) => (
        <div key={type} className={styles.linkGroup}>
          <h4 className={styles.linkType}>{type}</h4>
          <ul>
            {links
              .filter((link) => link.type === type)
              .map((link) => (
                <li key={link.key}>
                  {link.issue ? (
                    <IssueLine data={link.issue} />
                  ) : (
                    <p className={styles.outside}>
                      {link.key} <span className={styles.quiet}>is not in the mirror</span>
                    </p>
                  )}
                </li>
              ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
