import styles from "./StatusMark.module.css";

export type StatusCategory = "TODO" | "IN_PROGRESS" | "DONE" | "UNKNOWN";

export const categoryLabels: Record<StatusCategory, string> = {
  TODO: "To do",
  IN_PROGRESS: "In progress",
  DONE: "Done",
  UNKNOWN: "Unknown",
};

/** An empty, half or full circle: how far an issue is, without reading or colour. */
export function CategoryMark({ category }: { category: StatusCategory }) {
  return (
    <svg viewBox="0 0 14 14" className={styles.mark} data-category={category} aria-hidden>
      <circle cx="7" cy="7" r="5.5" className={styles.ring} />
      {category === "IN_PROGRESS" && <path d="M7 3.5a3.5 3.5 0 0 1 0 7z" className={styles.fill} />}
      {category === "DONE" && (
        <>
          <circle cx="7" cy="7" r="6" className={styles.fill} />
          <path d="M4.3 7.2l1.9 1.9 3.6-3.9" className={styles.tick} />
        </>
      )}
    </svg>
  );
}

/** The name of a status behind the mark of its category. */
export function StatusMark({ name, category }: { name: string; category: StatusCategory }) {
  return (
    <span className={styles.status} title={`${name} (${categoryLabels[category].toLowerCase()})`}>
      <CategoryMark category={category} />
      <span className={styles.name}>{name}</span>
    </span>
  );
}
