import { useEffect, useState } from "react";
import { useClient, type CombinedError } from "urql";
import { previewDocument, type Preview } from "./fieldsDocument";
import { inputOf, type Draft } from "./draft";

const settleMs = 400;

export type PreviewState =
  | { phase: "none" }
  | { phase: "loading"; last: Preview | undefined }
  | { phase: "ready"; data: Preview }
  | { phase: "failed"; error: CombinedError };

interface Answer {
  key: string;
  data: Preview | undefined;
  error: CombinedError | undefined;
}

/**
 * What a draft would give, asked again when typing pauses: once for each state of the draft. The
 * label changes nothing about it.
 */
export function usePreview(
  draft: Draft,
  wanted: boolean,
  base?: { id: string; version: number },
): [PreviewState, () => void] {
  const client = useClient();
  const [answer, setAnswer] = useState<Answer>();
  const [round, setRound] = useState(0);
  const input = wanted ? inputOf({ ...draft, label: "" }, base) : null;
  const key = input === null ? null : JSON.stringify(input);
  const isDue = key !== null && answer?.key !== key;
  useEffect(() => {
    if (!isDue) return;
    const asked = key;
    let current = true;
    const timer = setTimeout(() => {
      const parsed = JSON.parse(asked) as ReturnType<typeof inputOf>;
      void client
        .query(previewDocument, { input: parsed }, { requestPolicy: "network-only" })
        .then(({ data, error }) => {
          if (current) setAnswer({ key: asked, data: data?.previewFieldMapping, error });
        });
    }, settleMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, key, isDue, round]);

  const again = () => {
    setAnswer(undefined);
    setRound(round + 1);
  };
  if (key === null) return [{ phase: "none" }, again];
  if (isDue) return [{ phase: "loading", last: answer?.data }, again];
  if (answer?.data) return [{ phase: "ready", data: answer.data }, again];
  if (answer?.error) return [{ phase: "failed", error: answer.error }, again];
  return [{ phase: "loading", last: undefined }, again];
}
