import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { exactKey } from "@/features/issues/issueKey";
import { isTyping } from "@/ui/keyboard";
import styles from "./GlobalSearch.module.css";

/** From anywhere to an issue by its key, or to the issues with some words. `/` goes here. */
export function GlobalSearch() {
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const wanted = event.key === "/" || (event.key === "k" && (event.metaKey || event.ctrlKey));
      if (!wanted || (event.key === "/" && isTyping(event))) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);

  const search = () => {
    const words = text.trim();
    if (words === "") return;
    const issue = exactKey(words);
    void navigate({ to: "/issues", search: issue ? { issue } : { q: words } });
  };

  return (
    <div role="search" className={styles.search}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          search();
        }}
      >
        <Search aria-hidden size={14} className={styles.icon} />
        <input
          ref={input}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label="Search issues by words or key"
          placeholder="Search words or a key"
          className={styles.input}
          aria-keyshortcuts="/"
        />
        <kbd aria-hidden className={styles.key}>
          /
        </kbd>
      </form>
    </div>
  );
}
