import { useState } from "react";
import { formatNumber } from "./format";
import styles from "./Count.module.css";

/** A figure that briefly shows that it has changed by itself. */
export function Count({ value }: { value: number }) {
  const [shown, setShown] = useState(value);
  const [changes, setChanges] = useState(0);
  if (shown !== value) {
    setShown(value);
    setChanges(changes + 1);
  }
  return (
    <span key={changes} className={changes > 0 ? styles.changed : undefined}>
      {formatNumber(value)}
    </span>
  );
}
