import {
  buildSchema,
  DangerousChangeType,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
} from "graphql";

/**
 * What is wrong with a schema beside the one that was released last: changes that break those who
 * use it and that nobody accepted with a reason, and accepted ones that there are not.
 */
export function schemaProblems(released: string, current: string, accepted: string): string[] {
  const changes = brokenBy(buildSchema(released), buildSchema(current));
  const problems: string[] = [];
  const known = new Set<string>();
  for (const line of accepted.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) {
      continue;
    }
    const [change = "", reason = ""] = line.split(" -- ", 2);
    known.add(change.trim());
    if (reason.trim() === "") {
      problems.push(`${change}: say behind " -- " why it is accepted`);
    }
    if (!changes.includes(change.trim())) {
      problems.push(`${change}: accepted, but there is no such change`);
    }
  }
  const unmarked = changes.filter((change) => !known.has(change));
  return problems.concat(unmarked.map((change) => `${change} This breaks who uses it`));
}

/** Who leaves an argument out is answered something else once its default is another. */
function brokenBy(released: GraphQLSchema, current: GraphQLSchema): string[] {
  const defaults = findDangerousChanges(released, current).filter(
    (change) => change.type === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
  );
  return [...findBreakingChanges(released, current), ...defaults].map(
    (change) => change.description,
  );
}
