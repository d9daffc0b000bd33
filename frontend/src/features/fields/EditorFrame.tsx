import { X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { IconButton } from "@/ui/Button";
import styles from "./EditorFrame.module.css";

/** The place of an open mapping: its title, what it consists of, and where its saving stands. */
export function EditorFrame({
  title,
  aside,
  footer,
  onClose,
  children,
}: {
  title: string;
  aside?: ReactNode;
  footer: ReactNode;
  onClose: () => void;
  children: ReactNode;
}) {
  const frame = useRef<HTMLElement>(null);
  useEffect(() => frame.current?.focus(), []);
  return (
    <section
      ref={frame}
      tabIndex={-1}
      aria-label={title}
      className={styles.frame}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) onClose();
      }}
    >
      <div className={styles.bar}>
        <h2 className={styles.title}>{title}</h2>
        {aside}
        <IconButton label="Close (Esc)" onClick={onClose}>
          <X aria-hidden size={16} />
        </IconButton>
      </div>
      <div className={styles.body}>{children}</div>
      {footer}
    </section>
  );
}
