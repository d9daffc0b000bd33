function member(value: { [key: string]: Json }, name: string): string | undefined {
  const found = value[name];
  if (typeof found === "string" && found !== "") return found;
  return typeof found === "number" ? String(found) : undefined;
}

/** The text of a document of Jira Cloud: what its nodes say, without their form. */
function documentText(node: Json): string {
  if (Array.isArray(node)) return node.map(documentText).filter(Boolean).join(" ");
  if (typeof node !== "object" || node === null) return "";
  const attrs = node["attrs"];
  const said =
    member(node, "text") ??
    (typeof attrs === "object" && attrs !== null && !Array.isArray(attrs)
      ? member(attrs, "text")
      : undefined);
  return [said, documentText(node["content"] ?? null)].filter(Boolean).join(" ");
}

/** A raw or mapped value in one line, as a person would say it; empty where there is none. */
export function valueText(value: Json): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value !== "object") return String(value).replace(/\s+/g, " ").trim();
  if (Array.isArray(value)) return value.map(valueText).filter(Boolean).join(", ");
  if (value["type"] === "doc") return documentText(value).replace(/\s+/g, " ").trim();
  const said = member(value, "value") ?? member(value, "displayName") ?? member(value, "name");
  if (said === undefined) return JSON.stringify(value);
  const child = value["child"] ?? null;
  return child === null ? said : `${said} / ${valueText(child)}`;
}
