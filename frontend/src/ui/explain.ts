import type { CombinedError } from "urql";

export interface Explanation {
  message: string;
  code: string | null;
  requestId: string | null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function statusOf(response: unknown): number | null {
  if (typeof response !== "object" || response === null || !("status" in response)) return null;
  return typeof response.status === "number" ? response.status : null;
}

/** An error of the client in words for a person. */
export function explain(error: CombinedError): Explanation {
  const [first] = error.graphQLErrors;
  if (first) {
    return {
      message: first.message,
      code: text(first.extensions["code"]),
      requestId: text(first.extensions["requestId"]),
    };
  }
  const status = statusOf(error.response);
  const message =
    status === null
      ? "The server cannot be reached."
      : `The server answered with HTTP ${status} and no explanation.`;
  return { message, code: null, requestId: null };
}
