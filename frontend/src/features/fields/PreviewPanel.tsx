import { Link } from "@tanstack/react-router";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { formatNumber, formatSeconds, plural } from "@/ui/format";
import { Loading, Skeleton } from "@/ui/States";
import table from "@/ui/table.module.css";
import { FailedValues } from "./FailedValues";
import type { Preview } from "./fieldsDocument";
import { typeLabels } from "./fieldTypes";
import type { PreviewState } from "./usePreview";
import { valueText } from "./values";
import styles from "./PreviewPanel.module.css";

/** What the mapping would give, before anything is saved. */
export function PreviewPanel({ state, onRetry }: { state: PreviewState; onRetry: () => void }) {
  if (state.phase === "none") return null;
  const isStale = state.phase === "loading" && state.last !== undefined;
  return (
    <section aria-label="Dry run" className={styles.section}>
      <h3 className={styles.heading}>
        Dry run
        {isStale && <span className={styles.again}> of the change before; looking again…</span>}
      </h3>
      {state.phase === "failed" ? (
        <div role="alert" className={styles.failed}>
          <p>{explain(state.error).message}</p>
          <Button onClick={onRetry}>Try again</Button>
        </div>
      ) : state.phase === "ready" ? (
        <Result preview={state.data} />
      ) : state.last ? (
        <div className={styles.stale} aria-busy="true">
          <Result preview={state.last} />
        </div>
      ) : (
        <Loading what="the dry run">
          <div className={styles.section}>
            <Skeleton height={8} />
            <Skeleton width="60%" />
            <Skeleton height={96} />
          </div>
        </Loading>
      )}
    </section>
  );
}

function Result({ preview }: { preview: Preview }) {
  const { filled, empty, failed, examined, total } = preview;
  const parts = [
    { name: "filled", label: "get a value", count: filled },
    { name: "empty", label: "are empty in Jira", count: empty },
    { name: "failed", label: "do not convert", count: failed },
  ];
  return (
    <>
      <div className={styles.bar} aria-hidden>
        {parts.map(
          ({ name, count }) =>
            count > 0 && <span key={name} data-part={name} style={{ flexGrow: count }} />,
        )}
      </div>
      <ul className={styles.figures}>
        {parts.map(({ name, label, count }) => (
          <li key={name} data-part={name} data-none={count === 0}>
            <strong>{formatNumber(count)}</strong> {label}
          </li>
        ))}
      </ul>
      <p className={styles.facts}>
        {examined < total && `Looked at ${formatNumber(examined)} of ${plural(total, "issue")}. `}
        Column <code>{preview.column}</code> ({typeLabels[preview.type].toLowerCase()}), filled in
        about {formatSeconds(Math.max(1, preview.estimatedSeconds))}.
      </p>
      {preview.failures.length > 0 && <FailedValues values={preview.failures} />}
      {preview.samples.length > 0 && <Samples samples={preview.samples} />}
    </>
  );
}

function Samples({ samples }: { samples: Preview["samples"] }) {
  return (
    <div
      className={`${table.scroll} ${styles.samples}`}
      role="region"
      aria-label="Some issues"
      tabIndex={0}
    >
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Issue</th>
            <th scope="col">In Jira</th>
            <th scope="col">In the column</th>
          </tr>
        </thead>
        <tbody>
          {samples.map(({ issueKey, raw, value, problem }) => (
            <tr key={issueKey}>
              <td className={styles.key}>
                <Link to="/issues" search={{ issue: issueKey }}>
                  {issueKey}
                </Link>
              </td>
              <td>
                <span className={styles.value} title={valueText(raw)}>
                  {valueText(raw)}
                </span>
              </td>
              <td>
                {problem === null ? (
                  <span className={styles.value} title={valueText(value)}>
                    {valueText(value) || <span className={table.quiet}>empty</span>}
                  </span>
                ) : (
                  <span className={styles.problem}>{problem}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
