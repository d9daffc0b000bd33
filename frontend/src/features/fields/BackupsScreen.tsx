import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { useQuery } from "urql";
import { useLiveQuery } from "@/live/useLiveQuery";
import { Button } from "@/ui/Button";
import { plural } from "@/ui/format";
import { Page, Section } from "@/ui/Section";
import { Empty, ErrorState, Loading, RefreshFailed, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import { BackupDiff } from "./BackupDiff";
import { backupsDocument, olderBackupsDocument, type BackupRow } from "./backupsDocument";
import { NameBackup } from "./NameBackup";
import styles from "./BackupsScreen.module.css";

const route = getRouteApi("/fields/backups");

/** The mappings as they were at earlier moments, and the way back to them. */
export function BackupsScreen() {
  const { backup } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useLiveQuery(backupsDocument, {});
  const open = (id: string | undefined) =>
    void navigate({ search: { backup: id }, replace: true, resetScroll: false });
  const page = data?.fieldMappingBackups;
  return (
    <Page
      title="Backups of mappings"
      aside={
        <Link to="/fields" className={styles.back}>
          <ArrowLeft aria-hidden size={14} />
          Fields
        </Link>
      }
    >
      <p className={styles.intro}>
        Every change keeps the mappings as they were before it: the newest 1,000 of those stay, and
        all that were made by hand. A restore is a change too, and can be undone the same way.
      </p>
      {page && <RefreshFailed error={error} onRetry={refetch} />}
      <Section
        title="Backups"
        aside={
          <>
            {page && <span>{plural(page.totalCount, "backup")}</span>}
            <NameBackup onDone={refetch} />
          </>
        }
      >
        {page ? (
          page.nodes.length > 0 ? (
            <ul className={styles.list}>
              <Rows rows={page.nodes} open={backup} onOpen={open} onRestored={refetch} />
              <Older page={page.pageInfo} open={backup} onOpen={open} onRestored={refetch} />
            </ul>
          ) : (
            <Empty title="There is no backup yet">
              <p>The first change of a mapping makes one by itself.</p>
            </Empty>
          )
        ) : error ? (
          <ErrorState what="The backups" error={error} onRetry={refetch} />
        ) : (
          <Loading what="the backups">
            <div className={styles.skeleton}>
              {Array.from({ length: 8 }, (_, index) => (
                <Skeleton key={index} height={28} />
              ))}
            </div>
          </Loading>
        )}
      </Section>
    </Page>
  );
}

interface RowsProps {
  open: string | undefined;
  onOpen: (id: string | undefined) => void;
  onRestored: () => void;
}

function Rows({ rows, open, onOpen, onRestored }: RowsProps & { rows: readonly BackupRow[] }) {
  return rows.map((row) => {
    const isOpen = row.id === open;
    return (
      <li key={row.id} className={styles.row} data-open={isOpen}>
        <button
          type="button"
          aria-expanded={isOpen}
          className={styles.head}
          onClick={() => onOpen(isOpen ? undefined : row.id)}
        >
          <Time at={row.createdAt} className={styles.time} />
          <span className={styles.note} data-automatic={row.automatic}>
            {row.note ?? (row.automatic ? "before a change" : "without a note")}
          </span>
          <span className={styles.by}>
            {row.automatic ? "by itself" : "by hand"}
            {row.createdBy && `, ${row.createdBy}`}
          </span>
        </button>
        {isOpen && <BackupDiff backup={row} onRestored={onRestored} />}
      </li>
    );
  });
}

type OlderProps = RowsProps & { page: { hasNextPage: boolean; endCursor: string | null } };

function Older({ page, ...rows }: OlderProps) {
  const [wanted, setWanted] = useState(false);
  if (!page.hasNextPage || page.endCursor === null) return null;
  if (wanted) return <OlderPage after={page.endCursor} {...rows} />;
  return (
    <li className={styles.more}>
      <Button onClick={() => setWanted(true)}>Show older backups</Button>
    </li>
  );
}

function OlderPage({ after, ...rows }: RowsProps & { after: string }) {
  const [{ data, error }, ask] = useQuery({ query: olderBackupsDocument, variables: { after } });
  if (!data) {
    return (
      <li className={styles.more}>
        {error ? (
          <ErrorState
            what="Older backups"
            error={error}
            onRetry={() => ask({ requestPolicy: "network-only" })}
          />
        ) : (
          <p role="status">Loading…</p>
        )}
      </li>
    );
  }
  const page = data.fieldMappingBackups;
  return (
    <>
      <Rows rows={page.nodes} {...rows} />
      <Older page={page.pageInfo} {...rows} />
    </>
  );
}
