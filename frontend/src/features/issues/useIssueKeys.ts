import { useEffect, useEffectEvent } from "react";
import { isTyping } from "@/ui/keyboard";

interface IssueKeys {
  next: () => void;
  previous: () => void;
  open: () => void;
  close: (() => void) | undefined;
  search: () => void;
}

/** j and k, the arrows while the table has the focus, Enter, Esc and `/`. */
export function useIssueKeys(keys: IssueKeys): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    const inGrid = event.target instanceof HTMLElement && event.target.role === "grid";
    if (event.key === "Escape" && !event.defaultPrevented && keys.close) {
      keys.close();
      return;
    }
    if (isTyping(event)) return;
    const actions: Record<string, (() => void) | undefined> = {
      j: keys.next,
      k: keys.previous,
      "/": keys.search,
      ArrowDown: inGrid ? keys.next : undefined,
      ArrowUp: inGrid ? keys.previous : undefined,
      Enter: inGrid || event.target === document.body ? keys.open : undefined,
    };
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
