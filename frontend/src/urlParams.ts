/** The search part of an address: text, or several texts where a name repeats. */
export type UrlParams = Record<string, string | string[]>;

/** `?type=Bug&type=Task` reads better, and is easier to write by hand, than JSON. */
export function parseParams(search: string): UrlParams {
  const params: UrlParams = {};
  for (const [name, value] of new URLSearchParams(search)) {
    const before = params[name];
    if (before === undefined) params[name] = value;
    else params[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return params;
}

export function stringifyParams(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one === "string" || typeof one === "number") params.append(name, String(one));
    }
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** The texts under one name, whether it came once or often. */
export function textList(value: unknown): string[] | undefined {
  const list = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (one): one is string => typeof one === "string" && one !== "",
  );
  return list.length > 0 ? [...new Set(list)] : undefined;
}

/** The one text under a name; the first where it repeats. */
export function oneText(value: unknown): string | undefined {
  return textList(value)?.[0];
}

/** One of `allowed`, or nothing. */
export function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((one) => one === oneText(value));
}

/** Those of `allowed` that are named. */
export function someOf<T extends string>(value: unknown, allowed: readonly T[]): T[] | undefined {
  const named = textList(value);
  const some = allowed.filter((one) => named?.includes(one));
  return some.length > 0 ? some : undefined;
}
