import { createContext, use } from "react";
import type { Client } from "urql";

export const ListClientContext = createContext<Client | null>(null);

/** The client without a normalised cache, for lists of any length. */
export function useListClient(): Client {
  const client = use(ListClientContext);
  if (!client) throw new Error("useListClient needs a ListClientContext around it");
  return client;
}
