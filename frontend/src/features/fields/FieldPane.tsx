import { useMemo } from "react";
import { Button } from "@/ui/Button";
import { formatNumber } from "@/ui/format";
import { Empty, ErrorState, Loading, Skeleton } from "@/ui/States";
import { FieldFilters } from "./FieldFilters";
import { filterFields, hasFieldFilters, typesAmong, type MappedBy } from "./fieldFilter";
import { FieldList } from "./FieldList";
import type { FieldRow } from "./fieldsDocument";
import type { FieldsSearch } from "./fieldsSearch";
import type { FieldListState } from "./useFieldList";
import styles from "./FieldPane.module.css";

interface Props {
  list: FieldListState;
  search: FieldsSearch;
  instances: readonly string[];
  mapped: MappedBy;
  adding: boolean;
  isSource: (field: FieldRow) => boolean;
  onSearch: (change: Partial<FieldsSearch>) => void;
  onTake: (field: FieldRow) => void;
  onOpen: (field: FieldRow) => void;
  onOpenMapping: (id: string) => void;
}

/** The discovered fields of every instance, or why there are none. */
export function FieldPane(props: Props) {
  const { list, search, instances, mapped, onSearch } = props;
  const { fields } = list;
  const types = useMemo(() => typesAmong(fields ?? []), [fields]);
  const shown = fields && filterFields(fields, search, mapped);
  return (
    <section aria-label="Fields of the instances" className={styles.pane}>
      <div className={styles.head}>
        <FieldFilters search={search} instances={instances} types={types} onChange={onSearch}>
          <p role="status" className={styles.count}>
            {shown && `${formatNumber(shown.length)} of ${formatNumber(fields.length)} fields`}
          </p>
        </FieldFilters>
      </div>
      {shown === undefined ? (
        list.error ? (
          <div className={styles.message}>
            <ErrorState what="The fields" error={list.error} onRetry={list.reload} />
          </div>
        ) : (
          <PaneSkeleton />
        )
      ) : shown.length > 0 ? (
        <FieldList {...props} fields={shown} />
      ) : (
        <div className={styles.message}>
          <NoField {...props} isEmpty={fields?.length === 0} />
        </div>
      )}
    </section>
  );
}

function NoField({ search, isEmpty, onSearch }: Props & { isEmpty: boolean }) {
  if (isEmpty) {
    return (
      <Empty title="No field is known yet">
        <p>
          They are looked for when the server starts and once a day. “Discover fields” asks every
          Jira now.
        </p>
      </Empty>
    );
  }
  if (!hasFieldFilters(search)) {
    return (
      <Empty
        title="No custom field was found"
        action={
          <Button onClick={() => onSearch({ system: "show" })}>Show Jira’s own fields</Button>
        }
      >
        <p>The instances have only the fields that every Jira has.</p>
      </Empty>
    );
  }
  return (
    <Empty
      title="No field matches"
      action={
        <Button
          onClick={() =>
            onSearch({ q: undefined, instance: undefined, type: undefined, kind: undefined })
          }
        >
          Clear the filters
        </Button>
      }
    >
      {search.system !== "show" && (
        <p>Fields that Jira has by itself are hidden: “Jira’s own too” shows them.</p>
      )}
    </Empty>
  );
}

function PaneSkeleton() {
  return (
    <Loading what="the fields">
      <div className={styles.rows}>
        {Array.from({ length: 14 }, (_, index) => (
          <div key={index} className={styles.row}>
            <Skeleton width={`${28 + ((index * 13) % 26)}%`} />
            <span className={styles.spring} />
            <Skeleton width={56} />
            <Skeleton width={64} height={24} />
          </div>
        ))}
      </div>
    </Loading>
  );
}
