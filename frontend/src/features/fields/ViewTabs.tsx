import { formatNumber } from "@/ui/format";
import type { FieldView } from "./fieldsSearch";
import styles from "./ViewTabs.module.css";

const labels: Record<FieldView, string> = {
  fields: "Jira fields",
  mappings: "Mappings",
  suggestions: "Suggestions",
};

/** What is shown in one place, one at a time; it stands in the address. */
export function ViewTabs({
  views,
  view,
  counts,
  onChange,
}: {
  views: readonly FieldView[];
  view: FieldView;
  counts: Partial<Record<FieldView, number>>;
  onChange: (view: FieldView) => void;
}) {
  return (
    <div role="group" aria-label="What to show" className={styles.tabs}>
      {views.map((name) => {
        const count = counts[name];
        return (
          <button
            key={name}
            type="button"
            aria-pressed={name === view}
            className={styles.tab}
            onClick={() => onChange(name)}
          >
            {labels[name]}
            {count !== undefined && <span className={styles.count}> {formatNumber(count)}</span>}
          </button>
        );
      })}
    </div>
  );
}
