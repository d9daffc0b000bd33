import { useId, type ReactNode } from "react";
import styles from "./Section.module.css";

/** A part of a screen under a heading of its own. */
export function Section({
  title,
  aside,
  children,
  className,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  className?: string | undefined;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={[styles.section, className].filter(Boolean).join(" ")}>
      <div className={styles.head}>
        <h2 id={id} className={styles.title}>
          {title}
        </h2>
        {aside && <div className={styles.aside}>{aside}</div>}
      </div>
      {children}
    </section>
  );
}

/** The column of a screen that is read from top to bottom. */
export function Page({
  title,
  aside,
  children,
}: {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className={styles.page}>
      <title>{`${title} · Jira Sync`}</title>
      <div className={styles.top}>
        <h1 className={styles.heading}>{title}</h1>
        {aside}
      </div>
      {children}
    </div>
  );
}
