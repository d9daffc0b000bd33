import { Plus } from "lucide-react";
import { Popover } from "radix-ui";
import { useId, useState, type KeyboardEvent } from "react";
import { Button } from "@/ui/Button";
import type { FieldRow } from "./fieldsDocument";
import { jiraType } from "./fieldTypes";
import { valueText } from "./values";
import styles from "./SourcePicker.module.css";

const mostShown = 60;

/** Finds a field by words and takes it as a source: arrows choose, Enter takes. */
export function SourcePicker({
  label,
  fields,
  onPick,
}: {
  label: string;
  fields: readonly FieldRow[];
  onPick: (field: FieldRow) => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button>
          <Plus aria-hidden size={14} />
          {label}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={styles.popover}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
        >
          <Options
            label={label}
            fields={fields}
            onPick={(field) => {
              onPick(field);
              setOpen(false);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Options({
  label,
  fields,
  onPick,
}: {
  label: string;
  fields: readonly FieldRow[];
  onPick: (field: FieldRow) => void;
}) {
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = fields
    .filter((field) => {
      const said = `${field.name} ${field.fieldId}`.toLowerCase();
      return words.every((word) => said.includes(word));
    })
    .slice(0, mostShown);
  const current = Math.min(at, found.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      const field = found[current];
      if (field) onPick(field);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(found.length - 1, current + step));
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  return (
    <>
      <input
        type="text"
        role="combobox"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        aria-label={`${label}: name or id`}
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${current}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        placeholder="Name or id of a field"
        className={styles.input}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={label} className={styles.list}>
        {found.map((field, index) => (
          <li
            key={`${field.instance.id} ${field.fieldId}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            className={styles.option}
            onPointerMove={() => setAt(index)}
            onClick={() => onPick(field)}
          >
            <span className={styles.name}>{field.name}</span>
            <span className={styles.facts}>
              {field.instance.name} · {field.fieldId} · {jiraType(field)}
              {field.usage !== null && ` · ${Math.round(field.usage * 100)} % used`}
            </span>
            {field.sample !== null && (
              <span className={styles.facts}>{valueText(field.sample)}</span>
            )}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={styles.none}>No field matches.</p>}
      {found.length === mostShown && (
        <p className={styles.none}>The first {mostShown} are listed: type to narrow.</p>
      )}
    </>
  );
}
