import { useState, type KeyboardEvent } from "react";

/** One tab stop for a row of marks; the arrows, Home and End move within it. */
export function useRoving(count: number) {
  const [at, setAt] = useState(count - 1);
  const current = Math.min(at, count - 1);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const steps: Record<string, number> = {
      ArrowLeft: current - 1,
      ArrowRight: current + 1,
      Home: 0,
      End: count - 1,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(count - 1, next));
    setAt(index);
    event.currentTarget.querySelectorAll<HTMLElement>("[data-roving]")[index]?.focus();
  };
  const item = (index: number) => ({
    "data-roving": true,
    tabIndex: index === current ? 0 : -1,
    onFocus: () => setAt(index),
  });
  return { onKeyDown, item };
}
