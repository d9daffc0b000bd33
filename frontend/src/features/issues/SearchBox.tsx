import { Search } from "lucide-react";
import { useEffect, useState, type RefObject } from "react";
import styles from "./SearchBox.module.css";

const settleMs = 250;

/** Words or a key. The address follows when typing pauses; Enter follows at once. */
export function SearchBox({
  value,
  inputRef,
  onChange,
  onEnter,
}: {
  value: string;
  inputRef: RefObject<HTMLInputElement | null>;
  onChange: (words: string) => void;
  onEnter: (words: string) => void;
}) {
  const [text, setText] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== sent) {
    // The address changed by itself: a link, or the way back.
    setSent(value);
    if (value !== text.trim()) setText(value);
  }
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), settleMs);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);

  return (
    <div role="search" className={styles.search}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onEnter(text.trim());
        }}
      >
        <Search aria-hidden size={14} className={styles.icon} />
        <input
          ref={inputRef}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label="Search issues by words or key"
          aria-keyshortcuts="/"
          placeholder="Words, or a key such as OPS-42"
          className={styles.input}
        />
      </form>
    </div>
  );
}
