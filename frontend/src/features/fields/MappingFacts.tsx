import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { formatNumber, plural } from "@/ui/format";
import table from "@/ui/table.module.css";
import { Time } from "@/ui/Time";
import { FailedValues } from "./FailedValues";
import { FillProgress } from "./FillProgress";
import type { MappingRow } from "./fieldsDocument";
import { mappingDetailsDocument } from "./mappingDetails";
import { formatShare } from "./MappingList";
import type { MappingProgress } from "./useMappingProgress";
import styles from "./MappingFacts.module.css";

/** What a saved mapping holds, how it is reached, and what did not convert. */
export function MappingFacts({
  mapping,
  progress,
}: {
  mapping: MappingRow;
  progress: MappingProgress | undefined;
}) {
  const isFilling = mapping.state === "PENDING" || mapping.state === "BACKFILLING";
  return (
    <section aria-label="What it holds" className={styles.section}>
      <h3 className={styles.heading}>What it holds</h3>
      {isFilling && <FillProgress mapping={mapping} progress={progress} />}
      {mapping.error && <p className={styles.bad}>{mapping.error}</p>}
      <dl className={styles.facts}>
        <dt>With a value</dt>
        <dd>
          {plural(mapping.filled, "issue")}
          {mapping.completeness !== null &&
            `, ${formatShare(mapping.completeness)} of those with one in Jira`}
        </dd>
        <dt>Not convertible</dt>
        <dd data-bad={mapping.conversionErrors > 0}>{formatNumber(mapping.conversionErrors)}</dd>
        <dt>In SQL</dt>
        <dd>
          <code>SELECT {mapping.name} FROM jira_sync.jira_issues_v2</code>
        </dd>
        {mapping.aliases.length > 0 && (
          <>
            <dt>Former names</dt>
            <dd>{mapping.aliases.join(", ")} (still answered)</dd>
          </>
        )}
        <dt>Index</dt>
        <dd>{mapping.indexed ? "Yes: it is filtered or sorted by" : "Made when it is used"}</dd>
        <dt>Changed</dt>
        <dd>
          <Time at={mapping.updatedAt} />
          {mapping.updatedBy && ` by ${mapping.updatedBy}`}
        </dd>
      </dl>
      {mapping.conversionErrors > 0 && <Failures mapping={mapping} />}
    </section>
  );
}

function Failures({ mapping }: { mapping: MappingRow }) {
  const [byIssue, setByIssue] = useState(false);
  const [{ data, error }] = useQuery({
    query: mappingDetailsDocument,
    variables: { id: mapping.id },
    requestPolicy: "cache-and-network",
  });
  if (data?.node?.__typename !== "FieldMapping") {
    return error ? <p role="alert">{explain(error).message}</p> : <p role="status">Loading…</p>;
  }
  const { failedValues, failedIssues } = data.node;
  return (
    <>
      <FailedValues values={failedValues} />
      <p>
        <Button aria-expanded={byIssue} onClick={() => setByIssue(!byIssue)}>
          {byIssue ? "Hide the issues" : "List the issues"}
        </Button>
      </p>
      {byIssue && (
        <div
          className={table.scroll}
          role="region"
          aria-label="Issues whose value does not convert"
          tabIndex={0}
        >
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">Issue</th>
                <th scope="col">Field</th>
                <th scope="col">Value</th>
                <th scope="col">Problem</th>
              </tr>
            </thead>
            <tbody>
              {failedIssues.map((issue) => (
                <tr key={issue.id}>
                  <td className={styles.key}>
                    <Link to="/issues" search={{ issue: issue.key }}>
                      {issue.key}
                    </Link>
                  </td>
                  <td>{issue.fieldId}</td>
                  <td className={styles.value}>{issue.value}</td>
                  <td>{issue.problem}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {failedIssues.length < mapping.conversionErrors && (
            <p className={styles.quiet}>
              The first {formatNumber(failedIssues.length)} of{" "}
              {formatNumber(mapping.conversionErrors)} are listed.
            </p>
          )}
        </div>
      )}
    </>
  );
}
