import { Link } from "@tanstack/react-router";
import { formatNumber } from "@/ui/format";
import type { Preview } from "./fieldsDocument";
import { valueText } from "./values";
import styles from "./FailedValues.module.css";

/** The beginning of a raw value is mostly whole: then it is shown as people know it. */
function shown(raw: string): string {
  try {
    return valueText(JSON.parse(raw) as Json) || raw;
  } catch {
    return raw;
  }
}

/** Values that do not convert, most frequent first, each with issues that have it. */
export function FailedValues({ values }: { values: Preview["failures"] }) {
  return (
    <div className={styles.failures}>
      <h4 className={styles.heading}>Values that do not convert</h4>
      <ul>
        {values.map(({ value, problem, count, keys }) => (
          <li key={`${value} ${problem}`} className={styles.row}>
            <p className={styles.value} title={value}>
              {shown(value)}
            </p>
            <p className={styles.problem}>{problem}</p>
            <p className={styles.count}>{formatNumber(count)} ×</p>
            <p className={styles.keys}>
              {keys.map((key) => (
                <Link key={key} to="/issues" search={{ issue: key }}>
                  {key}
                </Link>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}
