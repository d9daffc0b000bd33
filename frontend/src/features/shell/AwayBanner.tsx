import { CloudOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useLive } from "@/live/LiveContext";
import styles from "./AwayBanner.module.css";

// A reconnect within this time is nobody's business.
const graceMs = 1500;

/** Says that what is shown may be old. It stays readable, and catches up by itself. */
export function AwayBanner() {
  const closed = useLive((state) => state.socket === "closed");
  const reached = useLive((state) => state.reached);
  const [shown, setShown] = useState(false);
  if (!closed && shown) setShown(false);
  useEffect(() => {
    if (!closed) return;
    const timer = setTimeout(() => setShown(true), graceMs);
    return () => clearTimeout(timer);
  }, [closed]);

  return (
    <div role="status">
      {shown && (
        <p className={styles.banner}>
          <CloudOff aria-hidden size={16} />
          {reached
            ? "Live updates are interrupted. The page asks again every 10 seconds and reconnects by itself."
            : "The server is away. What was loaded stays readable; the page reconnects and catches up by itself."}
        </p>
      )}
    </div>
  );
}
