import { useMutation } from "urql";
import { useLiveStore } from "@/live/LiveContext";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { useNotify } from "@/ui/notices";
import { inputOf, nameProblem } from "./draft";
import { EditorFrame } from "./EditorFrame";
import { saveMappingDocument, type FieldRow, type MappingRow } from "./fieldsDocument";
import { MappingForm } from "./MappingForm";
import { PreviewPanel } from "./PreviewPanel";
import { SourceList } from "./SourceList";
import type { Editing } from "./useEditing";
import { usePreview } from "./usePreview";
import frame from "./EditorFrame.module.css";

/** A mapping that is being made: its dry run first, then one click. */
export function NewMapping({
  editing,
  mappings,
  fields,
  instances,
  onMade,
  onClose,
}: {
  editing: Editing;
  mappings: readonly MappingRow[];
  fields: readonly FieldRow[];
  instances: readonly string[];
  onMade: (mapping: MappingRow) => void;
  onClose: () => void;
}) {
  const { draft, change } = editing;
  const problem = nameProblem(draft.name, mappings);
  const isValid = problem === null && draft.sources.length > 0 && draft.label.length <= 200;
  const [preview, askAgain] = usePreview(draft, isValid);
  const [{ fetching, error }, save] = useMutation(saveMappingDocument);
  const live = useLiveStore();
  const notify = useNotify();
  const make = async () => {
    const { data } = await save({ input: inputOf(draft) });
    if (!data) return;
    editing.discard();
    notify("ok", `${data.saveFieldMapping.label} is mapped; its column is being filled`);
    live.dispatch({ type: "stale" });
    onMade(data.saveFieldMapping);
  };
  return (
    <EditorFrame
      title="New mapping"
      onClose={onClose}
      footer={
        <div className={frame.footer}>
          {error ? (
            <p role="alert" className={frame.note}>
              {explain(error).message}
            </p>
          ) : (
            <p className={frame.note}>
              {draft.sources.length === 0
                ? "It needs a field of at least one instance."
                : draft.name === ""
                  ? "It needs a name."
                  : "Nothing is saved before you make it."}
            </p>
          )}
          <div className={frame.actions}>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              variant="primary"
              disabled={!isValid || fetching || preview.phase !== "ready"}
              onClick={() => void make()}
            >
              {fetching ? "Making it…" : "Make the mapping"}
            </Button>
          </div>
        </div>
      }
    >
      <SourceList draft={draft} fields={fields} instances={instances} onChange={change} />
      <MappingForm
        draft={draft}
        mapping={undefined}
        mappings={mappings}
        nameError={null}
        onChange={change}
      />
      <PreviewPanel state={preview} onRetry={askAgain} />
    </EditorFrame>
  );
}
