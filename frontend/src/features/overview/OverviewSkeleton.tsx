import { Section } from "@/ui/Section";
import { Loading, Skeleton } from "@/ui/States";
import screen from "./OverviewScreen.module.css";
import styles from "./OverviewSkeleton.module.css";

function Rows({ count, height }: { count: number; height: number }) {
  return (
    <div>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className={styles.row} style={{ height }}>
          <Skeleton width={`${70 - ((index * 17) % 40)}%`} />
        </div>
      ))}
    </div>
  );
}

/** The overview's own shape, before its figures are here. */
export function OverviewSkeleton() {
  return (
    <Loading what="the overview">
      <div className={styles.page}>
        <Section title="Freshness">
          <Rows count={2} height={44} />
        </Section>
        <Section title="Runs of the last 24 hours">
          <Skeleton height={90} />
        </Section>
        <div className={screen.columns}>
          <Section title="Issues">
            <Rows count={4} height={40} />
          </Section>
          <Section title="Created and resolved by week">
            <Skeleton height={170} />
          </Section>
        </div>
        <div className={screen.columns}>
          <Section title="Oldest open work">
            <Rows count={8} height={33} />
          </Section>
          <Section title="Busiest projects">
            <Rows count={8} height={33} />
          </Section>
        </div>
      </div>
    </Loading>
  );
}
