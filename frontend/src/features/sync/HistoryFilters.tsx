import { StateBadge } from "./StateBadge";
import { syncModes, type RunSearch } from "./runSearch";
import { modeLabels, syncStates, type SyncState } from "./runState";
import styles from "./HistoryFilters.module.css";

/** Which runs: by how they ended, by kind, by instance. */
export function HistoryFilters({
  search,
  instances,
  onChange,
}: {
  search: RunSearch;
  instances: readonly string[];
  onChange: (next: RunSearch) => void;
}) {
  const states = search.states ?? [];
  const toggle = (state: SyncState) => {
    const next = states.includes(state)
      ? states.filter((one) => one !== state)
      : [...states, state];
    onChange({ ...search, states: next.length > 0 ? next : undefined });
  };
  return (
    <div role="group" aria-label="Filter the history" className={styles.filters}>
      {syncStates.map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={states.includes(state)}
          className={styles.state}
          onClick={() => toggle(state)}
        >
          <StateBadge state={state} still />
        </button>
      ))}
      <span className={styles.spring} />
      <select
        aria-label="Kind of run"
        className={styles.select}
        value={search.modes?.[0] ?? ""}
        onChange={(event) => {
          const mode = syncModes.find((one) => one === event.target.value);
          onChange({ ...search, modes: mode && [mode] });
        }}
      >
        <option value="">Every kind</option>
        {syncModes.map((mode) => (
          <option key={mode} value={mode}>
            {modeLabels[mode]}
          </option>
        ))}
      </select>
      <select
        aria-label="Instance"
        className={styles.select}
        value={search.instance ?? ""}
        onChange={(event) => onChange({ ...search, instance: event.target.value || undefined })}
      >
        <option value="">Every instance</option>
        {instances.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}
