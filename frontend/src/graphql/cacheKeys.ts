import type { KeyingConfig } from "@urql/exchange-graphcache";
import { embeddedTypes } from "./embeddedTypes";

/** Types without an id of their own live inside the object that shows them. */
export const cacheKeys: KeyingConfig = Object.fromEntries(
  embeddedTypes.map((name) => [name, () => null]),
);
