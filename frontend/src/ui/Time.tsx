import { formatExact, formatRelative } from "./format";
import { useNow } from "./useNow";

/** How long ago, renewed while it is shown; the exact local time and UTC on hover and aloud. */
export function Time({ at, className }: { at: string; className?: string | undefined }) {
  const roughly = useNow(30_000);
  const isRecent = Math.abs(roughly - Date.parse(at)) < 90_000;
  const now = useNow(isRecent ? 1000 : 30_000);
  const exact = formatExact(at);
  return (
    <time dateTime={at} title={exact} className={className}>
      {formatRelative(at, now)}
      <span className="visually-hidden"> ({exact})</span>
    </time>
  );
}
