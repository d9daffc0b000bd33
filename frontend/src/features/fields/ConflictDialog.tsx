import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import table from "@/ui/table.module.css";
import { Time } from "@/ui/Time";
import { mergeDrafts } from "./conflict";
import { changedParts, draftOf, draftParts, type Draft, type DraftPart } from "./draft";
import type { MappingRow } from "./fieldsDocument";
import { typeLabels } from "./fieldTypes";
import styles from "./ConflictDialog.module.css";

const partLabels: Record<DraftPart, string> = {
  name: "Name",
  label: "Label",
  type: "Type",
  sources: "Sources",
};

function partText(draft: Draft, part: DraftPart): string {
  if (part === "type") return typeLabels[draft.type];
  if (part !== "sources") return draft[part];
  return draft.sources.map(({ instance, fieldId }) => `${instance}: ${fieldId}`).join(", then ");
}

/** Two admins changed one mapping: both versions side by side, and nobody's work thrown away. */
export function ConflictDialog({
  theirs,
  mine,
  base,
  onKeepTheirs,
  onSave,
  onClose,
}: {
  theirs: MappingRow | null;
  mine: Draft;
  base: Draft;
  /** Takes theirs; mine stays within reach of Undo. */
  onKeepTheirs: () => void;
  /** Saves over theirs, or anew when it is gone. */
  onSave: (draft: Draft) => void;
  onClose: () => void;
}) {
  if (theirs === null) {
    return (
      <Dialog
        title="Somebody purged this mapping"
        description="It is gone with its column. What you entered is still here: it can be made anew."
        onClose={onClose}
        actions={
          <>
            <Button onClick={onKeepTheirs}>Let it go</Button>
            <Button variant="primary" onClick={() => onSave(mine)}>
              Make it anew
            </Button>
          </>
        }
      />
    );
  }
  const now = draftOf(theirs);
  const merged = mergeDrafts(base, now, mine);
  const differing = changedParts(now, mine);
  return (
    <Dialog
      wide
      title="Somebody else changed this mapping"
      description={
        <p>
          {theirs.updatedBy ?? "Somebody"} saved it <Time at={theirs.updatedAt} />, after you had
          begun. Nothing is lost: the version that gives way stays under Undo and in the backups.
        </p>
      }
      onClose={onClose}
      actions={
        <>
          <Button onClick={onKeepTheirs}>Keep theirs</Button>
          <Button variant={merged ? "plain" : "primary"} onClick={() => onSave(mine)}>
            Save mine over it
          </Button>
          {merged && (
            <Button variant="primary" onClick={() => onSave(merged)}>
              Save both changes
            </Button>
          )}
        </>
      }
    >
      <div className={table.scroll} role="region" aria-label="Both versions" tabIndex={0}>
        <table className={`${table.table} ${styles.versions}`}>
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col">As you found it</th>
              <th scope="col">Theirs, saved</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            {draftParts.map((part) => (
              <tr key={part} data-differs={differing.includes(part)}>
                <th scope="row">{partLabels[part]}</th>
                {[base, now, mine].map((draft, index) => (
                  <td key={index}>{partText(draft, part)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!merged && (
        <p className={styles.note}>
          Both of you changed the same part, so one of the two has to give way.
        </p>
      )}
    </Dialog>
  );
}
