import { Pause, Play } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { useMutation } from "urql";
import { graphql, readFragment, type FragmentOf, type VariablesOf } from "@/graphql/graphql";
import { useLiveStore } from "@/live/LiveContext";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { formatSeconds } from "@/ui/format";
import { useNotify } from "@/ui/notices";
import { Section } from "@/ui/Section";
import { Time } from "@/ui/Time";
import { useNow } from "@/ui/useNow";
import { DurationField } from "./DurationField";
import styles from "./Schedule.module.css";

export const scheduleFragment = graphql(`
  fragment Schedule on Query {
    schedule: syncStatus {
      nextRunAt
    }
    syncConfig {
      intervalSeconds
      paused
      reconcileIntervalSeconds
      projects
      updatedAt
      updatedBy
    }
  }
`);

const updateSyncConfigDocument = graphql(`
  mutation UpdateSyncConfig($input: SyncConfigInput!) {
    updateSyncConfig(input: $input) {
      intervalSeconds
      paused
      reconcileIntervalSeconds
      projects
      updatedAt
      updatedBy
    }
  }
`);

/** How often runs begin by themselves, and the switch that stops them. */
export function Schedule({ data }: { data: FragmentOf<typeof scheduleFragment> }) {
  const { schedule, syncConfig: config } = readFragment(scheduleFragment, data);
  const [{ fetching }, update] = useMutation(updateSyncConfigDocument);
  const [editing, setEditing] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const store = useLiveStore();
  const notify = useNotify();

  const change = async (
    input: VariablesOf<typeof updateSyncConfigDocument>["input"],
    done: string,
  ) => {
    const { error } = await update({ input });
    if (error) {
      setProblem(explain(error).message);
      return;
    }
    setProblem(null);
    setEditing(false);
    notify("ok", done);
    store.dispatch({ type: "stale" });
  };
  const pause = () =>
    change(
      { paused: !config.paused },
      config.paused ? "The schedule goes on" : "The schedule is paused",
    );

  return (
    <Section title="Schedule">
      <div className={styles.line}>
        <p className={styles.text}>
          {config.paused ? (
            <strong>Paused: nothing runs by itself.</strong>
          ) : (
            <NextRun at={schedule.nextRunAt} />
          )}{" "}
          <span className={styles.quiet}>
            Every {formatSeconds(config.intervalSeconds, true)}; all ids compared every{" "}
            {formatSeconds(config.reconcileIntervalSeconds, true)}
            {config.projects.length > 0 && `; only ${config.projects.join(", ")}`}.
            {config.updatedBy && (
              <>
                {" "}
                Set by {config.updatedBy} <Time at={config.updatedAt} />.
              </>
            )}
          </span>
        </p>
        <div className={styles.actions}>
          <Button disabled={fetching} onClick={() => void pause()}>
            {config.paused ? <Play aria-hidden size={14} /> : <Pause aria-hidden size={14} />}
            {config.paused ? "Resume schedule" : "Pause schedule"}
          </Button>
          <Button aria-expanded={editing} onClick={() => setEditing(!editing)}>
            Change intervals
          </Button>
        </div>
      </div>
      {editing && (
        <IntervalForm
          intervalSeconds={config.intervalSeconds}
          reconcileIntervalSeconds={config.reconcileIntervalSeconds}
          saving={fetching}
          onSave={(input) => void change(input, "Intervals saved")}
          onCancel={() => {
            setEditing(false);
            setProblem(null);
          }}
        />
      )}
      {problem && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
    </Section>
  );
}

function NextRun({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return null;
  const seconds = Math.ceil((Date.parse(at) - now) / 1000);
  return (
    <strong>
      {seconds > 0 ? `Next run in ${formatSeconds(seconds, true)}.` : "Next run is due."}
    </strong>
  );
}

interface Intervals {
  intervalSeconds: number;
  reconcileIntervalSeconds: number;
}

function IntervalForm({
  saving,
  onSave,
  onCancel,
  ...config
}: Intervals & { saving: boolean; onSave: (input: Intervals) => void; onCancel: () => void }) {
  const [interval, setInterval] = useState<number | null>(config.intervalSeconds);
  const [reconcile, setReconcile] = useState<number | null>(config.reconcileIntervalSeconds);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (interval === null || reconcile === null) return;
    onSave({ intervalSeconds: interval, reconcileIntervalSeconds: reconcile });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <DurationField
        label="Fetch changes every"
        seconds={config.intervalSeconds}
        min={30}
        max={86_400}
        onChange={setInterval}
      />
      <DurationField
        label="Compare all ids every"
        seconds={config.reconcileIntervalSeconds}
        min={60}
        max={604_800}
        onChange={setReconcile}
      />
      <div className={styles.actions}>
        <Button
          type="submit"
          variant="primary"
          disabled={saving || interval === null || reconcile === null}
        >
          Save
        </Button>
        <Button variant="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
