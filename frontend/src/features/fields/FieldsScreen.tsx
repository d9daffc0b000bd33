import { getRouteApi, Link } from "@tanstack/react-router";
import { History, Plus } from "lucide-react";
import { useState } from "react";
import { useLiveStore } from "@/live/LiveContext";
import { useLiveQuery } from "@/live/useLiveQuery";
import { Button } from "@/ui/Button";
import { formatNumber } from "@/ui/format";
import { Empty, ErrorState, Loading, RefreshFailed, Skeleton } from "@/ui/States";
import { useMediaQuery } from "@/ui/useMediaQuery";
import { DiscoverButton } from "./DiscoverButton";
import { emptyDraft, sameRef, withSource } from "./draft";
import { FieldDetails } from "./FieldDetails";
import { mappedBy, refOf } from "./fieldFilter";
import { FieldPane } from "./FieldPane";
import { fieldsDocument, type FieldRow } from "./fieldsDocument";
import { newMapping, type FieldsSearch } from "./fieldsSearch";
import { MappingEditor } from "./MappingEditor";
import { MappingList } from "./MappingList";
import { NewMapping } from "./NewMapping";
import { SuggestionList } from "./SuggestionList";
import { useEditing } from "./useEditing";
import { useFieldList } from "./useFieldList";
import { useMappingProgress } from "./useMappingProgress";
import { ViewTabs } from "./ViewTabs";
import styles from "./FieldsScreen.module.css";

const route = getRouteApi("/fields");
const none: never[] = [];

/** Private fields of several Jiras on one side, the common columns they become on the other. */
export function FieldsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const live = useLiveStore();
  const { data, error, refetch } = useLiveQuery(fieldsDocument, {});
  const list = useFieldList();
  const progress = useMappingProgress(() => live.dispatch({ type: "stale" }));
  const narrow = useMediaQuery("(max-width: 1023px)");
  const [looked, setLooked] = useState<FieldRow>();
  const mappings = data?.fieldMappings ?? none;
  const suggestions = data?.fieldMappingSuggestions ?? none;
  const editing = useEditing(search.mapping, mappings);
  const instances = data?.instances.map(({ name }) => name) ?? none;
  const fields = list.fields ?? none;

  const ask = (change: Partial<FieldsSearch>, replace = true) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace, resetScroll: false });
  const open = (id: string | undefined) => ask({ mapping: id }, false);
  const isOpen = search.mapping !== undefined;
  const isNew = search.mapping === newMapping;
  const adding = isOpen && (isNew || (editing.mapping?.state ?? "RETIRED") !== "RETIRED");
  const take = (field: FieldRow) => {
    if (adding) {
      editing.change(withSource(editing.draft, field));
      return;
    }
    editing.begin(withSource(emptyDraft, field));
    open(newMapping);
  };
  const close = () => open(undefined);
  const view = search.view ?? (narrow ? "fields" : "mappings");
  const side = view === "suggestions" ? "suggestions" : "mappings";

  return (
    <div className={styles.screen} data-fills>
      <title>Fields · Jira Sync</title>
      <header className={styles.head}>
        <h1 className={styles.title}>Fields</h1>
        <DiscoverButton onDone={list.reload} />
        <span className={styles.spring} />
        <Link to="/fields/backups" className={styles.backups}>
          <History aria-hidden size={14} />
          Backups
        </Link>
        <Button
          variant="primary"
          disabled={!data || isNew}
          onClick={() => {
            editing.begin(emptyDraft);
            open(newMapping);
          }}
        >
          <Plus aria-hidden size={14} />
          New mapping
        </Button>
      </header>
      {data && error && (
        <div className={styles.refresh}>
          <RefreshFailed error={error} onRetry={refetch} />
        </div>
      )}
      {narrow && !isOpen && (
        <ViewTabs
          views={["fields", "mappings", "suggestions"]}
          view={view}
          counts={{ mappings: mappings.length, suggestions: suggestions.length }}
          onChange={(next) => ask({ view: next })}
        />
      )}
      <div className={styles.panes}>
        {(!narrow || (view === "fields" && !isOpen)) && (
          <FieldPane
            list={list}
            search={search}
            instances={instances}
            mapped={mappedBy(mappings)}
            adding={adding}
            isSource={(field) =>
              adding && editing.draft.sources.some((source) => sameRef(source, refOf(field)))
            }
            onSearch={ask}
            onTake={take}
            onOpen={setLooked}
            onOpenMapping={open}
          />
        )}
        {(!narrow || view !== "fields" || isOpen) && <div className={styles.side}>{right()}</div>}
      </div>
      {looked && <FieldDetails field={looked} onClose={() => setLooked(undefined)} />}
    </div>
  );

  function right() {
    if (!data) {
      return (
        <div className={styles.message}>
          {error ? (
            <ErrorState what="The mappings" error={error} onRetry={refetch} />
          ) : (
            <SideSkeleton />
          )}
        </div>
      );
    }
    if (isNew) {
      return (
        <NewMapping
          editing={editing}
          mappings={mappings}
          fields={fields}
          instances={instances}
          onMade={({ id }) => open(id)}
          onClose={close}
        />
      );
    }
    if (isOpen) {
      const { mapping, base } = editing;
      if (!mapping || !base) {
        return (
          <div className={styles.message}>
            <Empty title="There is no such mapping" action={<Button onClick={close}>Close</Button>}>
              <p>It may have been purged. A backup from before can bring it back.</p>
            </Empty>
          </div>
        );
      }
      return (
        <MappingEditor
          key={mapping.id}
          mapping={mapping}
          base={base}
          editing={editing}
          mappings={mappings}
          fields={fields}
          instances={instances}
          progress={progress[mapping.id]}
          onOpen={open}
          onClose={close}
        />
      );
    }
    return (
      <>
        {!narrow && (
          <ViewTabs
            views={["mappings", "suggestions"]}
            view={side}
            counts={{ mappings: mappings.length, suggestions: suggestions.length }}
            onChange={(next) => ask({ view: next })}
          />
        )}
        {side === "suggestions" ? (
          <SuggestionList
            suggestions={suggestions}
            onEdit={(draft) => {
              editing.begin(draft);
              open(newMapping);
            }}
            onAccepted={refetch}
          />
        ) : (
          <MappingList
            mappings={mappings}
            progress={progress}
            suggested={suggestions.length}
            onOpen={open}
            onSuggestions={() => ask({ view: "suggestions" })}
          />
        )}
        <p role="status" className="visually-hidden">
          {Object.values(progress)
            .map(({ mapping, done, total }) =>
              total > 0
                ? `${mapping.label}: ${formatNumber(done)} of ${formatNumber(total)} issues filled`
                : "",
            )
            .join(". ")}
        </p>
      </>
    );
  }
}

function SideSkeleton() {
  return (
    <Loading what="the mappings">
      <div className={styles.skeleton}>
        {Array.from({ length: 6 }, (_, index) => (
          <div key={index} className={styles.skeletonRow}>
            <Skeleton width={`${40 + ((index * 13) % 30)}%`} />
            <Skeleton width={`${55 + ((index * 7) % 25)}%`} />
          </div>
        ))}
      </div>
    </Loading>
  );
}
