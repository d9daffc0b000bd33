import styles from "./PriorityMark.module.css";

const bars = [0, 1, 2, 3];

/** The name of a priority behind bars: four for the most urgent. */
export function PriorityMark({ name, rank }: { name: string; rank: number | null }) {
  const filled = rank === null ? 0 : Math.max(1, 5 - rank);
  return (
    <span className={styles.priority} title={name}>
      <svg viewBox="0 0 14 12" className={styles.bars} aria-hidden data-urgent={rank === 1}>
        {bars.map((bar) => (
          <rect
            key={bar}
            x={bar * 3.6}
            y={9 - bar * 3}
            width={2.4}
            height={3 + bar * 3}
            rx={0.8}
            className={bar < filled ? styles.on : styles.off}
          />
        ))}
      </svg>
      <span className={styles.name}>{name}</span>
    </span>
  );
}
