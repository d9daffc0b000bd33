import { Button } from "@/ui/Button";
import { formatNumber, plural } from "@/ui/format";
import { Empty } from "@/ui/States";
import { FillProgress } from "./FillProgress";
import type { MappingRow } from "./fieldsDocument";
import { typeLabels } from "./fieldTypes";
import { MappingStateBadge } from "./MappingStateBadge";
import type { MappingProgress } from "./useMappingProgress";
import { VirtualList } from "./VirtualList";
import styles from "./MappingList.module.css";

const idOf = (mapping: MappingRow) => mapping.id;

/** The common columns that fields of several Jiras have become. */
export function MappingList({
  mappings,
  progress,
  suggested,
  onOpen,
  onSuggestions,
}: {
  mappings: readonly MappingRow[];
  progress: Readonly<Record<string, MappingProgress>>;
  suggested: number;
  onOpen: (id: string) => void;
  onSuggestions: () => void;
}) {
  if (mappings.length === 0) {
    return (
      <div className={styles.empty}>
        <Empty
          title="Nothing is mapped yet"
          action={
            suggested > 0 && (
              <Button variant="primary" onClick={onSuggestions}>
                See {plural(suggested, "suggestion")}
              </Button>
            )
          }
        >
          <p>
            A mapping makes one column of fields that mean the same in several Jiras: to filter,
            sort and group by, whatever they are called there.
          </p>
        </Empty>
      </div>
    );
  }
  return (
    <VirtualList label="Mappings" items={mappings} keyOf={idOf} estimate={64}>
      {(mapping) => (
        <div className={styles.row} data-retired={mapping.state === "RETIRED"}>
          <div className={styles.head}>
            <button type="button" className={styles.name} onClick={() => onOpen(mapping.id)}>
              {mapping.label}
            </button>
            <MappingStateBadge state={mapping.state} />
          </div>
          <p className={styles.facts}>
            <code>{mapping.name}</code>
            <span>{typeLabels[mapping.type]}</span>
            <span>{sourceText(mapping)}</span>
          </p>
          {mapping.state === "PENDING" || mapping.state === "BACKFILLING" ? (
            <FillProgress mapping={mapping} progress={progress[mapping.id]} compact />
          ) : (
            <Figures mapping={mapping} />
          )}
          {mapping.error && <p className={styles.bad}>{mapping.error}</p>}
        </div>
      )}
    </VirtualList>
  );
}

function sourceText({ sources }: MappingRow): string {
  const names = [...new Set(sources.map(({ instance }) => instance.name))];
  return names.join(", ");
}

function Figures({ mapping }: { mapping: MappingRow }) {
  if (mapping.state === "RETIRED") return null;
  return (
    <p className={styles.figures}>
      <span>{plural(mapping.filled, "issue")} with a value</span>
      {mapping.completeness !== null && (
        <span>{formatShare(mapping.completeness)} of what Jira has</span>
      )}
      {mapping.conversionErrors > 0 && (
        <span className={styles.warn}>
          {formatNumber(mapping.conversionErrors)} not convertible
        </span>
      )}
    </p>
  );
}

/** 0.999 is not all: only all is 100 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent >= 100) return "100 %";
  return `${percent > 99 ? "99" : Math.round(percent)} %`;
}
