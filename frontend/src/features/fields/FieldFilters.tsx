import { Search } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { Button } from "@/ui/Button";
import { hasFieldFilters } from "./fieldFilter";
import { fieldKinds, type FieldKind, type FieldsSearch } from "./fieldsSearch";
import styles from "./FieldFilters.module.css";

const kindLabels: Record<FieldKind, string> = {
  unmapped: "Not mapped",
  mapped: "Mapped",
  changed: "Changed in Jira",
  missing: "Gone from Jira",
};

const settleMs = 150;

/** Which fields are listed; all of it stands in the address. */
export function FieldFilters({
  search,
  instances,
  types,
  onChange,
  children,
}: {
  search: FieldsSearch;
  instances: readonly string[];
  types: readonly string[];
  onChange: (change: Partial<FieldsSearch>) => void;
  /** How many there are. */
  children: ReactNode;
}) {
  return (
    <div role="group" aria-label="Filter the fields" className={styles.filters}>
      <Words value={search.q ?? ""} onChange={(q) => onChange({ q: q || undefined })} />
      <select
        aria-label="Instance"
        className={styles.select}
        value={search.instance ?? ""}
        onChange={(event) => onChange({ instance: event.target.value || undefined })}
      >
        <option value="">Every instance</option>
        {instances.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Type in Jira"
        className={styles.select}
        value={search.type ?? ""}
        onChange={(event) => onChange({ type: event.target.value || undefined })}
      >
        <option value="">Every type</option>
        {types.map((type) => (
          <option key={type}>{type}</option>
        ))}
      </select>
      <select
        aria-label="Mapped or not"
        className={styles.select}
        value={search.kind ?? ""}
        onChange={(event) =>
          onChange({ kind: fieldKinds.find((kind) => kind === event.target.value) })
        }
      >
        <option value="">Mapped or not</option>
        {fieldKinds.map((kind) => (
          <option key={kind} value={kind}>
            {kindLabels[kind]}
          </option>
        ))}
      </select>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={search.system === "show"}
          onChange={(event) => onChange({ system: event.target.checked ? "show" : undefined })}
        />
        Jira’s own too
      </label>
      {hasFieldFilters(search) && (
        <Button
          variant="quiet"
          onClick={() =>
            onChange({ q: undefined, instance: undefined, type: undefined, kind: undefined })
          }
        >
          Clear
        </Button>
      )}
      {children}
    </div>
  );
}

/** The address follows when typing pauses. */
function Words({ value, onChange }: { value: string; onChange: (words: string) => void }) {
  const [text, setText] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== sent) {
    setSent(value);
    if (value !== text.trim()) setText(value);
  }
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), settleMs);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className={styles.search}>
      <Search aria-hidden size={14} className={styles.icon} />
      <input
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        aria-label="Search fields by name or id"
        placeholder="Name or id of a field"
        className={styles.input}
      />
    </div>
  );
}
