import { Link } from "@tanstack/react-router";
import { Columns3, ListFilter, PanelLeft, RefreshCw, SquareActivity } from "lucide-react";
import { useMediaQuery } from "@/ui/useMediaQuery";
import { useStored } from "@/ui/useStored";
import styles from "./Navigation.module.css";

const items = [
  { to: "/", label: "Overview", Icon: SquareActivity },
  { to: "/issues", label: "Issues", Icon: ListFilter },
  { to: "/fields", label: "Fields", Icon: Columns3 },
  { to: "/sync", label: "Sync", Icon: RefreshCw },
] as const;

function isChoice(value: unknown): value is boolean | null {
  return value === null || typeof value === "boolean";
}

/** The screens: a column that folds to icons, a row at the bottom of a phone. */
export function Navigation({ running }: { running: boolean }) {
  const [chosen, setFolded] = useStored<boolean | null>("navigation.folded", null, isChoice);
  const isTight = useMediaQuery("(max-width: 1023px)");
  const folded = chosen ?? isTight;
  return (
    <nav aria-label="Screens" className={styles.nav} data-folded={folded}>
      <p className={styles.brand}>
        <img src="/favicon.svg" alt="" width={20} height={20} />
        <span className={styles.text}>Jira Sync</span>
      </p>
      <ul className={styles.items}>
        {items.map(({ to, label, Icon }) => (
          <li key={to}>
            <Link
              to={to}
              className={styles.item}
              activeOptions={{ exact: to === "/", includeSearch: false }}
              title={folded ? label : undefined}
            >
              <Icon aria-hidden size={16} />
              <span className={styles.text}>{label}</span>
              {to === "/sync" && running && <span aria-hidden className={styles.dot} />}
            </Link>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className={styles.fold}
        aria-expanded={!folded}
        onClick={() => setFolded(!folded)}
        title={folded ? "Unfold the navigation" : undefined}
      >
        <PanelLeft aria-hidden size={16} />
        <span className={styles.text}>{folded ? "Unfold navigation" : "Fold navigation"}</span>
      </button>
    </nav>
  );
}
