import { useId, useState, type SubmitEvent } from "react";
import { useMutation } from "urql";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { explain } from "@/ui/explain";
import { useNotify } from "@/ui/notices";
import { backUpDocument } from "./backupsDocument";
import styles from "./MappingForm.module.css";

/** Keeps all mappings as they are, under a note to find them by. */
export function NameBackup({ onDone }: { onDone: () => void }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState("");
  const [{ fetching, error }, backUp] = useMutation(backUpDocument);
  const notify = useNotify();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const { data } = await backUp({ note: note.trim() });
    if (!data) return;
    notify("ok", "The mappings are backed up");
    setOpen(false);
    setNote("");
    onDone();
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Back up now…</Button>
      {open && (
        <Dialog
          title="Back the mappings up"
          description="Keeps all mappings as they are now. The values in their columns are not copied: they are made from the mirror again."
          onClose={() => setOpen(false)}
          actions={
            <>
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <Button type="submit" form={id} variant="primary" disabled={fetching}>
                Back up
              </Button>
            </>
          }
        >
          <form id={id} onSubmit={(event) => void submit(event)} className={styles.field}>
            <label htmlFor={`${id}-note`} className={styles.label}>
              Note
            </label>
            <input
              id={`${id}-note`}
              value={note}
              maxLength={200}
              placeholder="Before the quarter’s clean-up"
              onChange={(event) => setNote(event.target.value)}
              className={styles.input}
            />
          </form>
          {error && <p role="alert">{explain(error).message}</p>}
        </Dialog>
      )}
    </>
  );
}
