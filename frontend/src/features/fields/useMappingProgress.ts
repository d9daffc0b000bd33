import { useEffect, useEffectEvent, useState } from "react";
import { useClient } from "urql";
import type { ResultOf } from "@/graphql/graphql";
import { keepOpen } from "@/live/keepOpen";
import { mappingProgressDocument } from "./fieldsDocument";

export type MappingProgress = ResultOf<typeof mappingProgressDocument>["fieldMappingProgress"];

/** How far the fills under way are, by id of the mapping; tells when one has ended. */
export function useMappingProgress(
  onEnd: (progress: MappingProgress) => void,
): Readonly<Record<string, MappingProgress>> {
  const client = useClient();
  const [progress, setProgress] = useState<Record<string, MappingProgress>>({});
  const hear = useEffectEvent((news: MappingProgress) => {
    const { id } = news.mapping;
    if (news.state === "PENDING" || news.state === "BACKFILLING") {
      setProgress((before) => ({ ...before, [id]: news }));
      return;
    }
    setProgress((before) =>
      Object.fromEntries(Object.entries(before).filter(([key]) => key !== id)),
    );
    onEnd(news);
  });
  useEffect(
    () =>
      keepOpen((ended) => {
        const subscription = client
          .subscription(mappingProgressDocument, {})
          .subscribe(({ data, error, hasNext }) => {
            if (data && !error) hear(data.fieldMappingProgress);
            if (error || !hasNext) ended();
          });
        return () => subscription.unsubscribe();
      }),
    [client],
  );
  return progress;
}
