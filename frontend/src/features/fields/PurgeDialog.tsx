import { useId, useState, type SubmitEvent } from "react";
import { useMutation, useQuery } from "urql";
import { useLiveStore } from "@/live/LiveContext";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { explain } from "@/ui/explain";
import { plural } from "@/ui/format";
import { useNotify } from "@/ui/notices";
import { purgeMappingDocument, type MappingRow } from "./fieldsDocument";
import { mappingDetailsDocument } from "./mappingDetails";
import { UsedBy } from "./UsedBy";
import styles from "./MappingForm.module.css";

/** Drops a retired mapping's column and values: the name must be typed again. */
export function PurgeDialog({
  mapping,
  onClose,
  onPurged,
}: {
  mapping: MappingRow;
  onClose: () => void;
  onPurged: () => void;
}) {
  const id = useId();
  const [name, setName] = useState("");
  const [{ fetching, error }, purge] = useMutation(purgeMappingDocument);
  const [{ data }] = useQuery({
    query: mappingDetailsDocument,
    variables: { id: mapping.id },
    requestPolicy: "cache-and-network",
  });
  const live = useLiveStore();
  const notify = useNotify();
  const isSame = name === mapping.name;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!isSame) return;
    const result = await purge({ id: mapping.id, name });
    if (result.error) return;
    notify("ok", `${mapping.label} is purged`);
    live.dispatch({ type: "stale" });
    onPurged();
  };
  return (
    <Dialog
      title={`Purge ${mapping.label}?`}
      description={
        <p>
          Its column and {plural(mapping.filled, "value")} are dropped, and its names
          {mapping.aliases.length > 0 && ` (${[mapping.name, ...mapping.aliases].join(", ")})`} lead
          nowhere any more. What Jira has stays untouched.
        </p>
      }
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={id} variant="danger" disabled={!isSame || fetching}>
            Purge column and values
          </Button>
        </>
      }
    >
      <UsedBy node={data?.node} />
      <form id={id} onSubmit={(event) => void submit(event)} className={styles.field}>
        <label htmlFor={`${id}-name`} className={styles.label}>
          Type <code>{mapping.name}</code> to confirm
        </label>
        <input
          id={`${id}-name`}
          value={name}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setName(event.target.value)}
          className={styles.input}
          data-mono="true"
        />
      </form>
      {error && <p role="alert">{explain(error).message}</p>}
    </Dialog>
  );
}
