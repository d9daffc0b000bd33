import type { Exchange, Operation } from "urql";
import { filter, merge, pipe, share } from "wonka";

/** Request context for long lists: thousands of rows would only fill the normalised cache. */
export const uncached = { requestPolicy: "network-only", uncached: true } as const;

function isUncached(operation: Operation): boolean {
  return operation.context["uncached"] === true;
}

/** Leads operations marked `uncached` around `cache`. */
export function besideCache(cache: Exchange): Exchange {
  return (input) => {
    const cached = cache(input);
    return (operations) => {
      const shared = pipe(operations, share);
      return merge([
        cached(
          pipe(
            shared,
            filter((operation) => !isUncached(operation)),
          ),
        ),
        input.forward(pipe(shared, filter(isUncached))),
      ]);
    };
  };
}
