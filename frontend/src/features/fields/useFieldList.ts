import { useCallback, useEffect, useRef, useState } from "react";
import { CombinedError } from "urql";
import { readFragment } from "@/graphql/graphql";
import { useListClient } from "@/graphql/listClient";
import { fieldPageDocument, fieldRowFragment, type FieldRow } from "./fieldsDocument";

export interface FieldListState {
  /** Undefined until they have been read for the first time. */
  fields: readonly FieldRow[] | undefined;
  error: CombinedError | undefined;
  reload: () => void;
}

const noAnswer = new CombinedError({ networkError: new Error("no answer") });
// Ten thousand fields: more than any Jira bears.
const mostPages = 20;

/** All discovered fields: there are hundreds, so that filters need not ask the server. */
export function useFieldList(): FieldListState {
  const client = useListClient();
  const [state, setState] = useState<Pick<FieldListState, "fields" | "error">>({
    fields: undefined,
    error: undefined,
  });
  const round = useRef(0);
  const load = useCallback(async () => {
    const ask = (cursor: string | null) =>
      client.query(fieldPageDocument, { after: cursor }).toPromise();
    const mine = ++round.current;
    const fields: FieldRow[] = [];
    let after: string | null = null;
    for (let page = 0; page < mostPages; page++) {
      const answer: Awaited<ReturnType<typeof ask>> = await ask(after);
      if (mine !== round.current) return;
      const { data, error } = answer;
      if (!data) {
        setState((before) => ({ ...before, error: error ?? noAnswer }));
        return;
      }
      fields.push(...readFragment(fieldRowFragment, data.jiraFields.nodes));
      after = data.jiraFields.pageInfo.endCursor;
      if (!data.jiraFields.pageInfo.hasNextPage) break;
    }
    setState({ fields, error: undefined });
  }, [client]);
  useEffect(() => {
    // eslint-disable-next-line react-hooks/set-state-in-effect -- it is set when the answer is here
    void load();
  }, [load]);
  return { ...state, reload: useCallback(() => void load(), [load]) };
}
