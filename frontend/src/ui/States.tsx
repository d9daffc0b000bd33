import type { CombinedError } from "urql";
import type { ReactNode } from "react";
import { explain } from "./explain";
import { Button } from "./Button";
import styles from "./States.module.css";

/** A grey bar in the place and size of what is on its way. */
export function Skeleton({ width, height = 12 }: { width?: number | string; height?: number }) {
  return (
    <span aria-hidden className={styles.skeleton} style={{ width: width ?? "100%", height }} />
  );
}

/** Tells those who do not see the skeletons that something is on its way. */
export function Loading({ what, children }: { what: string; children: ReactNode }) {
  return (
    <div aria-busy="true">
      <p role="status" className="visually-hidden">
        Loading {what}
      </p>
      {children}
    </div>
  );
}

/** Why there is nothing here, and what to do about it. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={styles.state}>
      <h2 className={styles.title}>{title}</h2>
      {children && <div className={styles.text}>{children}</div>}
      {action}
    </div>
  );
}

/** What is shown is older than it should be, because asking again failed. */
export function RefreshFailed({
  error,
  onRetry,
}: {
  error: CombinedError | undefined;
  onRetry: () => void;
}) {
  // That the server is away is said once, above every screen.
  if (!error || error.networkError) return null;
  const { message, requestId } = explain(error);
  return (
    <div role="alert" className={styles.refresh}>
      <p>
        What is shown could not be refreshed: {message}
        {requestId && (
          <>
            {" "}
            Request <code>{requestId}</code>
          </>
        )}
      </p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  );
}

/** What failed, the id to find it by in the server's log, and another try. */
export function ErrorState({
  what,
  error,
  onRetry,
}: {
  what: string;
  error: CombinedError;
  onRetry?: (() => void) | undefined;
}) {
  const { message, requestId } = explain(error);
  return (
    <div role="alert" className={styles.state}>
      <h2 className={styles.title}>{what} could not be loaded</h2>
      <div className={styles.text}>
        <p>{message}</p>
        {requestId && (
          <p className={styles.request}>
            Request <code>{requestId}</code>
          </p>
        )}
      </div>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
