import {
  astFromValue,
  buildSchema,
  DangerousChangeType,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  isInputObjectType,
  lexicographicSortSchema,
  print,
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

/** Who leaves out an argument, or a field of an input, is answered something else once its default is another. */
function brokenBy(released: GraphQLSchema, current: GraphQLSchema): string[] {
  const defaults = findDangerousChanges(released, current).filter(
    (change) => change.type === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
  );
  return [...findBreakingChanges(released, current), ...defaults]
    .map((change) => change.description)
    .concat(inputDefaultChanges(released, current));
}

/** findDangerousChanges compares the defaults of arguments only. */
function inputDefaultChanges(released: GraphQLSchema, current: GraphQLSchema): string[] {
  const before = inputDefaults(released);
  const now = inputDefaults(current);
  const changes: string[] = [];
  for (const [field, value] of before) {
    const other = now.get(field);
    if (value === undefined || !now.has(field) || value === other) {
      continue; // a field that is gone is a breaking change already
    }
    changes.push(
      other === undefined
        ? `${field} defaultValue was removed.`
        : `${field} has changed defaultValue from ${value} to ${other}.`,
    );
  }
  return changes;
}

/** The default of each field of each input, as it is written; undefined for those without one. */
function inputDefaults(schema: GraphQLSchema): Map<string, string | undefined> {
  // Sorted, so that values of inputs whose fields only changed places are the same.
  const inputs = Object.values(lexicographicSortSchema(schema).getTypeMap()).filter(
    isInputObjectType,
  );
  return new Map(
    inputs.flatMap((input) =>
      Object.values(input.getFields()).map((field) => {
        const value = astFromValue(field.defaultValue, field.type);
        return [`${input.name}.${field.name}`, value ? print(value) : undefined];
      }),
    ),
  );
}
