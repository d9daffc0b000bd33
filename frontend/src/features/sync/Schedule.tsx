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
      rereadIntervalSeconds
      keepRunsDays
      keepAuditDays
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
      rereadIntervalSeconds
      keepRunsDays
      keepAuditDays
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
            Change settings
          </Button>
        </div>
      </div>
      {editing && (
        <SettingsForm
          config={config}
          saving={fetching}
          onSave={(input) => void change(input, "Settings saved")}
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

const day = 86_400;

/** What can be set, in the order of the form, as lengths of time. */
const settings = [
  { name: "intervalSeconds", label: "Fetch changes every", unit: 1, min: 30, max: day },
  {
    name: "reconcileIntervalSeconds",
    label: "Compare all ids every",
    unit: 1,
    min: 60,
    max: 7 * day,
  },
  {
    name: "rereadIntervalSeconds",
    label: "Read everything again every",
    unit: 1,
    min: 3600,
    max: 365 * day,
    of: ["hours", "days"],
    zero: "never",
  },
  {
    name: "keepRunsDays",
    label: "Keep runs and settled errors for",
    unit: day,
    min: day,
    max: 3650 * day,
    of: ["days"],
    zero: "for ever",
  },
  {
    name: "keepAuditDays",
    label: "Keep who changed what for",
    unit: day,
    min: day,
    max: 3650 * day,
    of: ["days"],
    zero: "for ever",
  },
] as const;

type Setting = (typeof settings)[number]["name"];

function SettingsForm({
  config,
  saving,
  onSave,
  onCancel,
}: {
  config: Readonly<Record<Setting, number>>;
  saving: boolean;
  onSave: (input: Partial<Record<Setting, number>>) => void;
  onCancel: () => void;
}) {
  const [changed, setChanged] = useState<Partial<Record<Setting, number | null>>>({});
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const input: Partial<Record<Setting, number>> = {};
    for (const { name } of settings) {
      const value = changed[name];
      if (value === null) return;
      if (value !== undefined && value !== config[name]) input[name] = value;
    }
    if (Object.keys(input).length > 0) onSave(input);
    else onCancel();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {settings.map(({ name, unit, ...field }) => (
        <DurationField
          key={name}
          {...field}
          step={unit}
          seconds={config[name] * unit}
          onChange={(seconds) =>
            setChanged((before) => ({
              ...before,
              [name]: seconds === null ? null : seconds / unit,
            }))
          }
        />
      ))}
      <div className={styles.actions}>
        <Button
          type="submit"
          variant="primary"
          disabled={saving || Object.values(changed).includes(null)}
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
