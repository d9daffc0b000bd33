import { ChevronDown, RefreshCw } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { Button, IconButton } from "@/ui/Button";
import menu from "@/ui/menu.module.css";
import { useStartSync, type RunMode } from "./useStartSync";
import styles from "./SyncActions.module.css";

const kinds: { mode: RunMode; label: string; hint: string }[] = [
  { mode: "INCREMENTAL", label: "Sync what changed", hint: "Fast; what the schedule does" },
  { mode: "FULL", label: "Full sync", hint: "Reads every issue again; may take long" },
  {
    mode: "RECONCILE",
    label: "Reconcile",
    hint: "Compares all ids; finds what was deleted or missed",
  },
];

/** Asks for runs of all instances, or of one. */
export function SyncActions({ instance }: { instance?: string }) {
  const { start, starting } = useStartSync();
  const of = instance === undefined ? undefined : [instance];
  const whose = instance ?? "all instances";
  return (
    <div className={styles.actions}>
      {instance === undefined && (
        <Button variant="primary" disabled={starting} onClick={() => void start("INCREMENTAL", of)}>
          <RefreshCw aria-hidden size={14} />
          Sync now
        </Button>
      )}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          {instance === undefined ? (
            <Button>
              Other runs
              <ChevronDown aria-hidden size={14} />
            </Button>
          ) : (
            <IconButton label={`Run ${instance}`}>
              <ChevronDown aria-hidden size={16} />
            </IconButton>
          )}
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className={menu.menu} align="end" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Label className={menu.label}>For {whose}</DropdownMenu.Label>
          {kinds
            .filter(({ mode }) => instance !== undefined || mode !== "INCREMENTAL")
            .map(({ mode, label, hint }) => (
              <DropdownMenu.Item
                key={mode}
                className={menu.item}
                onSelect={() => void start(mode, of)}
              >
                <span>
                  {label}
                  <span className={menu.hint}>{hint}</span>
                </span>
              </DropdownMenu.Item>
            ))}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
    </div>
  );
}
