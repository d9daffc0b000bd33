import type { ResultOf } from "@/graphql/graphql";
import type { mappingDetailsDocument } from "./mappingDetails";

/** Which views of the database read the column. */
export function UsedBy({
  node,
}: {
  node: ResultOf<typeof mappingDetailsDocument>["node"] | undefined;
}) {
  if (node?.__typename !== "FieldMapping") return <p>Looking for what uses it…</p>;
  if (node.usedBy.length === 0) return <p>No view of the database uses its column.</p>;
  return (
    <div>
      <p>These views of the database use its column:</p>
      <ul>
        {node.usedBy.map((view) => (
          <li key={view}>
            <code>{view}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
