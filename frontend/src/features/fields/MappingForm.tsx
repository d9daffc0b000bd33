import { useId, useState } from "react";
import { nameProblem, nameRule, type Draft } from "./draft";
import type { MappingRow } from "./fieldsDocument";
import { fieldTypes, typeHints, typeLabels } from "./fieldTypes";
import styles from "./MappingForm.module.css";

/** Name, label and type. Names are checked as they are typed. */
export function MappingForm({
  draft,
  mapping,
  mappings,
  nameError,
  onChange,
}: {
  draft: Draft;
  /** Undefined while it is being made: then each keystroke counts, else leaving the field does. */
  mapping: MappingRow | undefined;
  mappings: readonly MappingRow[];
  /** What the server says of the name. */
  nameError: string | null;
  onChange: (draft: Draft) => void;
}) {
  const id = useId();
  return (
    <div className={styles.form}>
      <NameField
        label="Name"
        value={draft.name}
        atOnce={mapping === undefined}
        hint={`${nameRule} It is the column in SQL and the name in queries.`}
        problemOf={(name) =>
          nameProblem(name, mappings, mapping?.id) ?? (name === draft.name ? nameError : null)
        }
        mono
        onChange={(name) => onChange({ ...draft, name })}
      />
      <NameField
        label="Label"
        value={draft.label}
        atOnce={mapping === undefined}
        hint="What people read; the name when empty."
        problemOf={(label) => (label.length > 200 ? "It is longer than 200 characters." : null)}
        onChange={(label) => onChange({ ...draft, label })}
      />
      <div className={styles.field}>
        <label htmlFor={`${id}-type`} className={styles.label}>
          Type
        </label>
        <select
          id={`${id}-type`}
          value={draft.type}
          aria-describedby={`${id}-hint`}
          onChange={(event) =>
            onChange({
              ...draft,
              type: fieldTypes.find((type) => type === event.target.value) ?? draft.type,
            })
          }
          className={styles.input}
        >
          {fieldTypes.map((type) => (
            <option key={type} value={type}>
              {typeLabels[type]}
            </option>
          ))}
        </select>
        <p id={`${id}-hint`} className={styles.hint}>
          {typeHints[draft.type]}
        </p>
      </div>
    </div>
  );
}

function NameField({
  label,
  value,
  atOnce,
  hint,
  problemOf,
  mono = false,
  onChange,
}: {
  label: string;
  value: string;
  atOnce: boolean;
  hint: string;
  problemOf: (text: string) => string | null;
  mono?: boolean;
  onChange: (text: string) => void;
}) {
  const id = useId();
  const [typed, setTyped] = useState<string>();
  const [given, setGiven] = useState(value);
  if (value !== given) {
    // Saved, undone, or taken from a field: what was typed here is over.
    setGiven(value);
    if (!atOnce) setTyped(undefined);
  }
  const text = atOnce ? value : (typed ?? value);
  // A form that nobody has touched yet has no mistakes.
  const problem = text === "" && typed === undefined ? null : problemOf(text);
  const commit = () => {
    if (typed === undefined || typed === value) return;
    if (problem === null) onChange(typed);
  };
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <input
        id={id}
        value={text}
        spellCheck={!mono}
        autoComplete="off"
        autoCapitalize="off"
        aria-invalid={problem !== null}
        aria-describedby={`${id}-hint`}
        className={styles.input}
        data-mono={mono}
        onChange={(event) => {
          setTyped(event.target.value);
          if (atOnce) onChange(event.target.value);
        }}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
          if (event.key === "Escape" && typed !== undefined && !atOnce) {
            event.preventDefault();
            event.stopPropagation();
            setTyped(undefined);
          }
        }}
      />
      <p
        id={`${id}-hint`}
        className={styles.hint}
        data-invalid={problem !== null}
        aria-live="polite"
      >
        {problem ?? hint}
      </p>
    </div>
  );
}
