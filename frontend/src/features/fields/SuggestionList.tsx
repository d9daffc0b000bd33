import { Check } from "lucide-react";
import { useState } from "react";
import { useMutation } from "urql";
import { useLiveStore } from "@/live/LiveContext";
import { Button } from "@/ui/Button";
import { explain } from "@/ui/explain";
import { useNotify } from "@/ui/notices";
import { Empty } from "@/ui/States";
import { draftOf, inputOf, type Draft } from "./draft";
import { saveMappingDocument, type SuggestionRow } from "./fieldsDocument";
import { typeLabels } from "./fieldTypes";
import { valueText } from "./values";
import { VirtualList } from "./VirtualList";
import styles from "./SuggestionList.module.css";

const nameOf = (suggestion: SuggestionRow) => suggestion.name;

/** What names, types and values speak for: one click makes the mapping. */
export function SuggestionList({
  suggestions,
  onEdit,
  onAccepted,
}: {
  suggestions: readonly SuggestionRow[];
  onEdit: (draft: Draft) => void;
  onAccepted: () => void;
}) {
  const [, save] = useMutation(saveMappingDocument);
  const [accepting, setAccepting] = useState<string>();
  const live = useLiveStore();
  const notify = useNotify();
  const accept = async (suggestion: SuggestionRow) => {
    setAccepting(suggestion.name);
    const { error } = await save({ input: inputOf(draftOf(suggestion)) });
    setAccepting(undefined);
    if (error) {
      notify("bad", `${suggestion.label}: ${explain(error).message}`);
      return;
    }
    notify("ok", `${suggestion.label} is mapped; its column is being filled`);
    onAccepted();
    live.dispatch({ type: "stale" });
  };
  if (suggestions.length === 0) {
    return (
      <div className={styles.empty}>
        <Empty title="No suggestion left">
          <p>
            Every field whose name occurs in another instance is mapped. What is left can be mapped
            by hand from the list of fields.
          </p>
        </Empty>
      </div>
    );
  }
  return (
    <VirtualList label="Suggestions" items={suggestions} keyOf={nameOf} estimate={128}>
      {(suggestion) => (
        <div className={styles.row}>
          <div className={styles.head}>
            <p className={styles.name}>
              {suggestion.label} <span className={styles.type}>{typeLabels[suggestion.type]}</span>
            </p>
            <p className={styles.score} title="How much speaks for it">
              {Math.round(suggestion.score * 100)} %
            </p>
          </div>
          <p className={styles.reason}>{sentence(suggestion.reason)}</p>
          <ul className={styles.sources}>
            {suggestion.sources.map((source) => (
              <li key={`${source.instance.id} ${source.fieldId}`} className={styles.source}>
                <span className={styles.instance}>{source.instance.name}</span>
                <span className={styles.field}>
                  {source.field?.name ?? source.fieldId}{" "}
                  {source.field?.usage != null && (
                    <span className={styles.quiet}>
                      {Math.round(source.field.usage * 100)} % used
                    </span>
                  )}
                </span>
                <span className={styles.sample}>
                  {source.field?.sample == null ? "" : valueText(source.field.sample)}
                </span>
              </li>
            ))}
          </ul>
          <div className={styles.actions}>
            <Button
              variant="primary"
              disabled={accepting !== undefined}
              onClick={() => void accept(suggestion)}
              aria-label={`Accept ${suggestion.label}`}
            >
              <Check aria-hidden size={14} />
              {accepting === suggestion.name ? "Saving…" : "Accept"}
            </Button>
            <Button
              onClick={() => onEdit(draftOf(suggestion))}
              aria-label={`Look closer at ${suggestion.label}`}
            >
              Look closer
            </Button>
          </div>
        </div>
      )}
    </VirtualList>
  );
}

function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}
