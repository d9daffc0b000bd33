import { ArrowDown, ArrowUp, X } from "lucide-react";
import { IconButton } from "@/ui/Button";
import { sameRef, withMoved, withoutSource, withSource, type Draft } from "./draft";
import { refOf } from "./fieldFilter";
import type { FieldRow } from "./fieldsDocument";
import { jiraType } from "./fieldTypes";
import { SourcePicker } from "./SourcePicker";
import styles from "./SourceList.module.css";

/** Which fields a mapping reads, in order of preference; and the instances that have none yet. */
export function SourceList({
  draft,
  fields,
  instances,
  onChange,
}: {
  draft: Draft;
  fields: readonly FieldRow[];
  instances: readonly string[];
  onChange: (draft: Draft) => void;
}) {
  const open = fields.filter(
    (field) =>
      field.missingSince === null && !draft.sources.some((source) => sameRef(source, refOf(field))),
  );
  const without = instances.filter(
    (name) => !draft.sources.some(({ instance }) => instance === name),
  );
  const names = draft.sources.map(({ instance }) => instance);
  // Between fields of different instances no order matters: an issue is of one instance.
  const isOrdered = new Set(names).size < names.length;
  return (
    <section aria-label="Sources" className={styles.section}>
      <h3 className={styles.heading}>Sources</h3>
      {draft.sources.length === 0 ? (
        <p className={styles.quiet}>
          Choose the field of each instance that means this: here, or with “Add” in the list of
          fields.
        </p>
      ) : (
        <ol className={styles.list}>
          {draft.sources.map((source, index) => {
            const field = fields.find((one) => sameRef(refOf(one), source));
            const name = field?.name ?? source.fieldId;
            const of = `${name} of ${source.instance}`;
            return (
              <li key={`${source.instance} ${source.fieldId}`} className={styles.source}>
                <span className={styles.place}>{index + 1}</span>
                <div className={styles.field}>
                  <p className={styles.name}>{name}</p>
                  <p className={styles.facts}>
                    {source.instance} · <code>{source.fieldId}</code>
                    {field && ` · ${jiraType(field)}`}
                    {field?.usage != null && ` · ${Math.round(field.usage * 100)} % used`}
                  </p>
                  {field?.missingSince != null && (
                    <p className={styles.warn}>Jira no longer has it; its old values stay.</p>
                  )}
                </div>
                <div className={styles.actions}>
                  {isOrdered && (
                    <>
                      <IconButton
                        label={`Prefer ${of}`}
                        disabled={index === 0}
                        onClick={() => onChange(withMoved(draft, index, -1))}
                      >
                        <ArrowUp aria-hidden size={16} />
                      </IconButton>
                      <IconButton
                        label={`Prefer the next to ${of}`}
                        disabled={index === draft.sources.length - 1}
                        onClick={() => onChange(withMoved(draft, index, 1))}
                      >
                        <ArrowDown aria-hidden size={16} />
                      </IconButton>
                    </>
                  )}
                  <IconButton
                    label={`Remove ${of}`}
                    onClick={() => onChange(withoutSource(draft, index))}
                  >
                    <X aria-hidden size={16} />
                  </IconButton>
                </div>
              </li>
            );
          })}
        </ol>
      )}
      {isOrdered && (
        <p className={styles.quiet}>
          Of several of one instance, the first that has a value counts.
        </p>
      )}
      {draft.sources.length > 0 && without.length > 0 && (
        <p className={styles.warn}>
          {without.join(", ")} {without.length === 1 ? "has" : "have"} no source: issues of there
          stay without a value.
        </p>
      )}
      <div className={styles.pickers}>
        {instances.map((name) => (
          <SourcePicker
            key={name}
            label={`Add a field of ${name}`}
            fields={open.filter((field) => field.instance.name === name)}
            onPick={(field) => onChange(withSource(draft, field))}
          />
        ))}
      </div>
    </section>
  );
}
