import { useEffect, useEffectEvent, useRef, useState } from "react";
import {
  useClient,
  useQuery,
  type AnyVariables,
  type CombinedError,
  type TypedDocumentNode,
} from "urql";
import { useLive } from "./LiveContext";

export interface LiveQuery<Data> {
  /** The newest data there is; stays while the server is away. */
  data: Data | undefined;
  /** Why there is no data, or why it could not be renewed. */
  error: CombinedError | undefined;
  fetching: boolean;
  refetch: () => void;
}

/** A query that asks again by itself when a sync ends or the server comes back. */
export function useLiveQuery<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): LiveQuery<Data> {
  const client = useClient();
  const [result] = useQuery<Data, Variables>({
    query,
    variables,
    requestPolicy: "cache-and-network",
  });
  const [kept, setKept] = useState<Data | undefined>(result.data);
  if (result.data !== undefined && result.data !== kept) setKept(result.data);

  // Apart from the result: when another query touches the same objects, the cache answers
  // anew, without the error.
  const [refresh, setRefresh] = useState<{ key: number; error: CombinedError | undefined }>();
  const refetch = async () => {
    const { operation, error } = await client.query(query, variables, {
      requestPolicy: "network-only",
    });
    setRefresh({ key: operation.key, error });
  };
  // While an answer is on its way, the same question gets that answer, which may be older than
  // the news: it is asked once more then.
  const renewing = useRef<"no" | "once" | "again">("no");
  const renew = useEffectEvent(async () => {
    if (renewing.current !== "no") {
      renewing.current = "again";
      return;
    }
    do {
      renewing.current = "once";
      await refetch();
    } while (isAgain(renewing));
    renewing.current = "no";
  });
  const revision = useLive((state) => state.revision);
  const seen = useRef(revision);
  useEffect(() => {
    if (seen.current === revision) return;
    seen.current = revision;
    void renew();
  }, [revision]);

  const refreshError = refresh?.key === result.operation?.key ? refresh?.error : undefined;
  return {
    data: result.data ?? kept,
    error: result.error ?? refreshError,
    fetching: result.fetching || result.stale,
    refetch: () => void refetch(),
  };
}

function isAgain(renewing: { current: "no" | "once" | "again" }): boolean {
  return renewing.current === "again";
}
