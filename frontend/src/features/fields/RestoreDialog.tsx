import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { plural } from "@/ui/format";
import { Time } from "@/ui/Time";
import type { BackupRow, Difference } from "./backupsDocument";

/** Says what a restore does before it is done. */
export function RestoreDialog({
  backup,
  differences,
  onRestore,
  onClose,
}: {
  backup: BackupRow;
  differences: readonly Difference[];
  onRestore: () => void;
  onClose: () => void;
}) {
  const named = (kind: Difference["kind"]) =>
    differences.filter((difference) => difference.kind === kind).map(({ name }) => name);
  const lines = [
    ["Changed back", named("CHANGED")],
    ["Made again", named("REMOVED")],
    ["Retired", named("ADDED")],
  ] as const;
  return (
    <Dialog
      title={`Restore ${plural(differences.length, "mapping")}?`}
      description={
        <p>
          From the backup of <Time at={backup.createdAt} />
          {backup.note && ` (${backup.note})`}. Columns are filled again from the mirror; until then
          readers get the present ones. The mappings as they are now are backed up first.
        </p>
      }
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" onClick={onRestore}>
            Restore
          </Button>
        </>
      }
    >
      <dl>
        {lines.map(
          ([label, names]) =>
            names.length > 0 && (
              <div key={label}>
                <dt>{label}:</dt>
                <dd>
                  <strong>{names.join(", ")}</strong>
                </dd>
              </div>
            ),
        )}
      </dl>
    </Dialog>
  );
}
