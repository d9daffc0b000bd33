import { useQuery } from "urql";
import { graphql } from "@/graphql/graphql";
import { Dialog } from "@/ui/Dialog";
import { explain } from "@/ui/explain";
import { Loading, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import type { FieldRow } from "./fieldsDocument";
import { jiraType } from "./fieldTypes";
import { valueText } from "./values";
import styles from "./FieldDetails.module.css";

// A field's id is part of few others: its own is among the first.
const fieldDetailsDocument = graphql(`
  query FieldDetails($instance: String!, $fieldId: String!) {
    jiraFields(instance: $instance, search: $fieldId, first: 100) {
      nodes {
        fieldId
        samples
        sampledAt
        changes {
          at
          kind
          before
          after
        }
      }
    }
  }
`);

const kinds = {
  ADDED: "Found",
  RENAMED: "Renamed",
  TYPE: "Type changed",
  MISSING: "Gone from Jira",
  RETURNED: "Came back",
};

/** All that is known of one field: values it has, and what Jira changed about it. */
export function FieldDetails({ field, onClose }: { field: FieldRow; onClose: () => void }) {
  const [{ data, error }] = useQuery({
    query: fieldDetailsDocument,
    variables: { instance: field.instance.name, fieldId: field.fieldId },
    requestPolicy: "network-only",
  });
  const known = data?.jiraFields.nodes.find(({ fieldId }) => fieldId === field.fieldId);
  return (
    <Dialog
      title={field.name}
      description={
        <p>
          Field <code className={styles.code}>{field.fieldId}</code> of {field.instance.name},{" "}
          {jiraType(field)}
          {field.missingSince !== null && (
            <>
              . <strong>Jira no longer has it</strong>, since <Time at={field.missingSince} />
            </>
          )}
        </p>
      }
      onClose={onClose}
    >
      {field.schemaCustom && (
        <p className={styles.quiet}>
          Kind: <code className={styles.code}>{field.schemaCustom}</code>
        </p>
      )}
      {field.namesakes > 0 && (
        <p>
          {field.namesakes} more of this name in the same Jira: tell them apart by their ids and
          values.
        </p>
      )}
      {known ? (
        <>
          <section>
            <h3 className={styles.heading}>Values in the newest issues</h3>
            {field.usage !== null && (
              <p className={styles.quiet}>
                {Math.round(field.usage * 1000) / 10} % of them have one
                {known.sampledAt && (
                  <>
                    , as of <Time at={known.sampledAt} />
                  </>
                )}
                .
              </p>
            )}
            {known.samples.length > 0 ? (
              <ul className={styles.samples}>
                {known.samples.map((sample, index) => (
                  <li key={index}>{valueText(sample) || JSON.stringify(sample)}</li>
                ))}
              </ul>
            ) : (
              <p>No value was seen.</p>
            )}
          </section>
          <section>
            <h3 className={styles.heading}>What Jira changed</h3>
            <ul className={styles.changes}>
              {known.changes.map((change, index) => (
                <li key={index} className={styles.change}>
                  <Time at={change.at} className={styles.quiet} />
                  <span>
                    {kinds[change.kind]}
                    {change.before !== null && ` from “${change.before}”`}
                    {change.before !== null && change.after !== null && ` to “${change.after}”`}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        </>
      ) : error ? (
        <p role="alert">{explain(error).message}</p>
      ) : data ? (
        <p>Nothing more is known of it.</p>
      ) : (
        <Loading what="the values of the field">
          <div className={styles.samples}>
            <Skeleton width="50%" />
            <Skeleton width="70%" />
            <Skeleton width="40%" />
          </div>
        </Loading>
      )}
    </Dialog>
  );
}
