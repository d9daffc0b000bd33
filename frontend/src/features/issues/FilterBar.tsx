import { X } from "lucide-react";
import { Button } from "@/ui/Button";
import { FilterMenu } from "./FilterMenu";
import { filters, rangeLabel, withFilter, withoutFilters } from "./filters";
import { hasFilters, type IssueSearch } from "./issueSearch";
import type { MappedField } from "./mappedFields";
import { MappedFilters } from "./MappedFilters";
import styles from "./FilterBar.module.css";

/** One button a filter; what is chosen stands in it. */
export function FilterBar({
  search,
  mapped,
  onChange,
}: {
  search: IssueSearch;
  mapped: readonly MappedField[];
  onChange: (next: IssueSearch) => void;
}) {
  return (
    <div role="group" aria-label="Filters" className={styles.bar}>
      {filters.map((filter) => (
        <FilterMenu
          key={filter.name}
          filter={filter}
          search={search}
          onChange={(values) => onChange(withFilter(search, filter.name, values))}
        />
      ))}
      <MappedFilters search={search} mapped={mapped} onChange={onChange} />
      {(["created", "resolved"] as const).map((name) => {
        const range = search[name];
        const label = name === "created" ? "Created" : "Resolved";
        return (
          range && (
            <button
              key={name}
              type="button"
              className={styles.chip}
              onClick={() => onChange({ ...search, [name]: undefined })}
              title={`Remove the filter ${label}`}
            >
              {label} <strong>{rangeLabel(range)}</strong>
              <X aria-hidden size={12} />
              <span className="visually-hidden">, remove</span>
            </button>
          )
        );
      })}
      {search.visibility && (
        <button
          type="button"
          className={styles.chip}
          onClick={() => onChange({ ...search, visibility: undefined })}
        >
          <strong>{search.visibility === "ALL" ? "Deleted ones too" : "Only deleted ones"}</strong>
          <X aria-hidden size={12} />
          <span className="visually-hidden">, remove</span>
        </button>
      )}
      {hasFilters(search) && (
        <Button variant="quiet" onClick={() => onChange(withoutFilters(search))}>
          Clear
        </Button>
      )}
    </div>
  );
}
