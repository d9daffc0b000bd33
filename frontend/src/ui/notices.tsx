import { createContext, use, useCallback, useEffect, useState, type ReactNode } from "react";
import styles from "./notices.module.css";

interface Notice {
  id: number;
  tone: "ok" | "bad";
  text: string;
}

const NoticeContext = createContext<(tone: Notice["tone"], text: string) => void>(() => {});

/** Says in passing how something ended that the reader asked for. */
export function useNotify() {
  return use(NoticeContext);
}

const shownMs = 6000;

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notice, setNotice] = useState<Notice | null>(null);
  const notify = useCallback((tone: Notice["tone"], text: string) => {
    setNotice((last) => ({ id: (last?.id ?? 0) + 1, tone, text }));
  }, []);
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => setNotice(null), shownMs);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <NoticeContext value={notify}>
      {children}
      <div role="status" className={styles.region}>
        {notice && (
          <p key={notice.id} className={styles.notice} data-tone={notice.tone}>
            {notice.text}
          </p>
        )}
      </div>
    </NoticeContext>
  );
}
