import { useCallback, useState } from "react";

function read<T>(key: string, fallback: T, isValid: (value: unknown) => value is T): T {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return isValid(stored) ? stored : fallback;
  } catch {
    return fallback;
  }
}

/** State that this browser remembers; what it remembers wrongly is forgotten. */
export function useStored<T>(
  name: string,
  fallback: T,
  isValid: (value: unknown) => value is T,
): [T, (value: T) => void] {
  const key = `jirasync.${name}`;
  const [value, setValue] = useState(() => read(key, fallback, isValid));
  const store = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // Where storage is refused the choice lasts as long as the page.
      }
    },
    [key],
  );
  return [value, store];
}
