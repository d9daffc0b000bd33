import { useVirtualizer } from "@tanstack/react-virtual";
import { Plus } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Button } from "@/ui/Button";
import type { FieldRow } from "./fieldsDocument";
import { hasChanged, refOf, type MappedBy } from "./fieldFilter";
import { jiraType } from "./fieldTypes";
import { valueText } from "./values";
import styles from "./FieldList.module.css";

const rowHeight = 52;

interface Props {
  fields: readonly FieldRow[];
  mapped: MappedBy;
  /** Whether a source can be added to what is open; else a field begins a mapping. */
  adding: boolean;
  isSource: (field: FieldRow) => boolean;
  onTake: (field: FieldRow) => void;
  onOpen: (field: FieldRow) => void;
  onOpenMapping: (id: string) => void;
}

/** Hundreds of fields, of which those in view are rendered. Arrows move, Enter opens. */
export function FieldList(props: Props) {
  const { fields } = props;
  const viewport = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(0);
  const moved = useRef(false);
  const virtualizer = useVirtualizer({
    count: fields.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    // Kept where it is not in view, so that the keyboard finds it again.
    getItemKey: (index) => {
      const field = fields[index];
      return field ? `${field.instance.id} ${field.fieldId}` : index;
    },
  });
  const at = Math.min(cursor, Math.max(0, fields.length - 1));
  const items = virtualizer.getVirtualItems();
  const isRendered = items.some((item) => item.index === at);
  useEffect(() => {
    if (!moved.current || !isRendered) return;
    moved.current = false;
    viewport.current?.querySelector<HTMLElement>(`[data-index="${at}"] [data-first]`)?.focus();
  }, [at, isRendered]);

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((viewport.current?.clientHeight ?? 0) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: fields.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(fields.length - 1, next));
    if (index === at) return;
    moved.current = true;
    setCursor(index);
    virtualizer.scrollToIndex(index, { align: "auto" });
  };

  return (
    <div ref={viewport} className={styles.viewport}>
      <ul
        aria-label="Jira fields"
        className={styles.list}
        style={{ height: virtualizer.getTotalSize() }}
        onKeyDown={onKeyDown}
      >
        {items.map((item) => {
          const field = fields[item.index];
          return (
            field && (
              <li
                key={item.key}
                data-index={item.index}
                aria-setsize={fields.length}
                aria-posinset={item.index + 1}
                className={styles.row}
                style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                onFocus={() => setCursor(item.index)}
              >
                <Row {...props} field={field} tabIndex={item.index === at ? 0 : -1} />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

function Row({
  field,
  mapped,
  adding,
  isSource,
  onTake,
  onOpen,
  onOpenMapping,
  tabIndex,
}: Props & { field: FieldRow; tabIndex: number }) {
  const mapping = mapped(refOf(field));
  const sample = field.sample === null ? "" : valueText(field.sample);
  return (
    <>
      <div className={styles.main}>
        <p className={styles.line}>
          <button
            type="button"
            data-first
            tabIndex={tabIndex}
            className={styles.name}
            onClick={() => onOpen(field)}
          >
            {field.name}
          </button>
          <Marks field={field} />
        </p>
        <p className={styles.facts}>
          <span>{field.instance.name}</span> <code>{field.fieldId}</code>{" "}
          <span>{jiraType(field)}</span>
        </p>
      </div>
      <p className={styles.sample} title={sample || undefined}>
        {sample || <span className={styles.quiet}>no value seen</span>}
      </p>
      <Usage share={field.usage} />
      <div className={styles.end}>
        {mapping && !adding ? (
          <button
            type="button"
            tabIndex={tabIndex}
            className={styles.mapping}
            onClick={() => onOpenMapping(mapping.id)}
            title={`Open the mapping ${mapping.label}`}
          >
            {mapping.name}
          </button>
        ) : isSource(field) ? (
          <span className={styles.quiet}>Source</span>
        ) : (
          <Button
            tabIndex={tabIndex}
            onClick={() => onTake(field)}
            aria-label={`${adding ? "Add" : "Map"} ${field.name} of ${field.instance.name}`}
          >
            <Plus aria-hidden size={14} />
            {adding ? "Add" : "Map"}
          </Button>
        )}
      </div>
    </>
  );
}

function Marks({ field }: { field: FieldRow }) {
  return (
    <>
      {field.missingSince !== null && <span className={styles.mark}>gone from Jira</span>}
      {field.missingSince === null && hasChanged(field) && (
        <span className={styles.mark}>changed in Jira</span>
      )}
      {field.namesakes > 0 && (
        <span
          className={styles.mark}
          title={`${field.namesakes} more of this name in the same Jira`}
        >
          name ×{field.namesakes + 1}
        </span>
      )}
    </>
  );
}

function Usage({ share }: { share: number | null }) {
  if (share === null) return <p className={styles.usage}>not looked at</p>;
  const percent = share > 0 && share < 0.01 ? "<1" : String(Math.round(share * 100));
  return (
    <p className={styles.usage}>
      <span className="visually-hidden">Used in </span>
      {percent} %
      <span aria-hidden className={styles.meter}>
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </p>
  );
}
