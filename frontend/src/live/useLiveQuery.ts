import { useCallback, useEffect, useRef, useState } from "react";
import { useQuery, type AnyVariables, type CombinedError, type TypedDocumentNode } from "urql";
import { useLive } from "./LiveContext";

export interface LiveQuery<Data> {
  /** The newest data there is; stays while the server is away. */
  data: Data | undefined;
  error: CombinedError | undefined;
  fetching: boolean;
  refetch: () => void;
}

/** A query that asks again by itself when a sync ends or the server comes back. */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false }: { pause?: boolean } = {},
): LiveQuery<Data> {
  const [result, execute] = useQuery<Data, Variables>({
    query,
    variables,
    pause,
    requestPolicy: "cache-and-network",
  });

  const [kept, setKept] = useState<Data | undefined>(result.data);
  if (result.data !== undefined && result.data !== kept) setKept(result.data);

  const revision = useLive((state) => state.revision);
  const seen = useRef(revision);
  const refetch = useCallback(() => execute({ requestPolicy: "network-only" }), [execute]);
  useEffect(() => {
    if (seen.current === revision) return;
    seen.current = revision;
    if (!pause) refetch();
  }, [revision, pause, refetch]);

  return {
    data: result.data ?? kept,
    error: result.error,
    fetching: result.fetching || result.stale,
    refetch,
  };
}
