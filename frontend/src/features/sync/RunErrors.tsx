import { useState } from "react";
import { useQuery } from "urql";
import { graphql, readFragment, type FragmentOf } from "@/graphql/graphql";
import { useLiveQuery } from "@/live/useLiveQuery";
import { Button } from "@/ui/Button";
import { plural } from "@/ui/format";
import { Section } from "@/ui/Section";
import { ErrorState, Loading, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import styles from "./RunErrors.module.css";

const errorsFragment = graphql(`
  fragment RunErrors on SyncErrorConnection {
    nodes {
      id
      at
      project
      key
      stage
      message
      payload
      resolvedAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
`);

const runErrorsDocument = graphql(
  `
    query RunErrors($id: ID!, $after: String) {
      syncRun(id: $id) {
        id
        errors(first: 25, after: $after) {
          ...RunErrors
        }
      }
    }
  `,
  [errorsFragment],
);

const stages: Readonly<Record<string, string>> = {
  fetch: "could not be fetched",
  decode: "could not be read",
  write: "could not be stored",
};

/** What could not be stored: why, with the payload, and whether a later run has mended it. */
export function RunErrors({ id, total }: { id: string; total: number }) {
  const { data, error, refetch } = useLiveQuery(runErrorsDocument, { id, after: null });
  return (
    <Section
      title="Errors"
      aside={<span>{plural(total, "item")} kept, and tried again by later runs</span>}
    >
      {data?.syncRun ? (
        <ErrorPage id={id} data={data.syncRun.errors} />
      ) : error ? (
        <ErrorState what="The errors" error={error} onRetry={refetch} />
      ) : (
        <Loading what="errors">
          <Skeleton height={72} />
        </Loading>
      )}
    </Section>
  );
}

function ErrorPage({ id, data }: { id: string; data: FragmentOf<typeof errorsFragment> }) {
  const { nodes, pageInfo } = readFragment(errorsFragment, data);
  const [wanted, setWanted] = useState(false);
  return (
    <>
      <ul>
        {nodes.map((item) => (
          <li key={item.id} className={styles.item}>
            <p className={styles.head}>
              <strong>{item.key ?? item.project ?? "An item"}</strong>{" "}
              {stages[item.stage] ?? item.stage}
              <Time at={item.at} className={styles.quiet} />
              {item.resolvedAt ? (
                <span className={styles.resolved}>
                  mended <Time at={item.resolvedAt} />
                </span>
              ) : (
                <span className={styles.open}>open</span>
              )}
            </p>
            <p className={styles.message}>{item.message}</p>
            {item.payload !== null && (
              <details>
                <summary className={styles.quiet}>Payload</summary>
                <pre tabIndex={0} aria-label="Payload" className={styles.payload}>
                  {JSON.stringify(item.payload, null, 2)}
                </pre>
              </details>
            )}
          </li>
        ))}
      </ul>
      {pageInfo.hasNextPage &&
        pageInfo.endCursor !== null &&
        (wanted ? (
          <NextErrors id={id} after={pageInfo.endCursor} />
        ) : (
          <p>
            <Button onClick={() => setWanted(true)}>Show more errors</Button>
          </p>
        ))}
    </>
  );
}

function NextErrors({ id, after }: { id: string; after: string }) {
  const [{ data, error }, ask] = useQuery({ query: runErrorsDocument, variables: { id, after } });
  if (data?.syncRun) return <ErrorPage id={id} data={data.syncRun.errors} />;
  if (!error) return <p role="status">Loading…</p>;
  return (
    <ErrorState
      what="More errors"
      error={error}
      onRetry={() => ask({ requestPolicy: "network-only" })}
    />
  );
}
