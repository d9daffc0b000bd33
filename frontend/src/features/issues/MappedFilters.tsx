import { ChevronDown, Plus } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { FilterOptions } from "./FilterMenu";
import { mappedValues, withMappedFilter } from "./filters";
import { issueFilter, type IssueSearch } from "./issueSearch";
import { anyValue, noValue, type MappedField } from "./mappedFields";
import bar from "./FilterBar.module.css";
import styles from "./FilterMenu.module.css";

interface Props {
  search: IssueSearch;
  mapped: readonly MappedField[];
  onChange: (next: IssueSearch) => void;
}

/** A filter for each mapped field that is asked of, and the way to one more. */
export function MappedFilters({ search, mapped, onChange }: Props) {
  const [added, setAdded] = useState<string>();
  if (mapped.length === 0) return null;
  const shown = mapped.filter(
    ({ name }) => name === added || mappedValues(search, name).length > 0,
  );
  const others = mapped.filter((field) => !shown.includes(field));
  return (
    <>
      {shown.map((field) => (
        <MappedFilter
          key={field.name}
          field={field}
          search={search}
          first={field.name === added}
          onChange={onChange}
        />
      ))}
      {others.length > 0 && <MoreFilters fields={others} onPick={setAdded} />}
    </>
  );
}

function chosenText(values: readonly string[]): string {
  const [first = ""] = values;
  if (values.length > 1) return `${values.length} chosen`;
  return first === anyValue ? "any value" : first === noValue ? "no value" : first;
}

function MappedFilter({
  field,
  search,
  first,
  onChange,
}: {
  field: MappedField;
  search: IssueSearch;
  /** It has just been added: it opens by itself. */
  first: boolean;
  onChange: (next: IssueSearch) => void;
}) {
  const [open, setOpen] = useState(first);
  const chosen = mappedValues(search, field.name);
  const change = (values: string[]) => onChange(withMappedFilter(search, field.name, values));
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className={bar.chip} data-set={chosen.length > 0}>
        {field.label} {chosen.length > 0 && <strong>{chosenText(chosen)}</strong>}
        <ChevronDown aria-hidden size={12} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={styles.menu}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={`Filter by ${field.label}`}
        >
          <label className={styles.option}>
            <input
              type="checkbox"
              checked={chosen.includes(anyValue)}
              onChange={(event) => change(event.target.checked ? [anyValue] : [])}
            />
            <span className={styles.value}>Any value</span>
          </label>
          {field.type !== "JSON" && (
            <FilterOptions
              name={field.label}
              groupBy={{ field: field.name, interval: "DAY" }}
              where={issueFilter(withMappedFilter(search, field.name, []))}
              search={search}
              labelOf={(value) => (value === noValue ? "No value" : value)}
              chosen={chosen.filter((value) => value !== anyValue)}
              onChange={change}
            />
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function MoreFilters({
  fields,
  onPick,
}: {
  fields: readonly MappedField[];
  onPick: (name: string) => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className={bar.chip}>
        <Plus aria-hidden size={12} />
        Mapped field
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={styles.menu}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Filter by a mapped field"
        >
          <ul className={styles.list}>
            {fields.map(({ name, label }) => (
              <li key={name}>
                <button
                  type="button"
                  className={styles.pick}
                  onClick={() => {
                    setOpen(false);
                    onPick(name);
                  }}
                >
                  {label}
                </button>
              </li>
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
