import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { schemaProblems } from "./schemaChanges";

test("nothing that was released breaks, unless graph/released/accepted.txt says why", () => {
  const [released, current, accepted] = [
    "../graph/released/schema.graphql",
    "src/graphql/schema.graphql",
    "../graph/released/accepted.txt",
  ].map((file) => readFileSync(file, "utf8"));
  expect(schemaProblems(released ?? "", current ?? "", accepted ?? "")).toEqual([]);
});

describe("a schema beside the released one", () => {
  const inputs =
    ' enum Direction { ASC DESC } input Order { direction: Direction = DESC then: Then = {by: "key", limit: 2} } input Then { by: String limit: Int }';
  const released =
    "type Query { issue(key: String!, gone: Boolean = false): Issue } type Issue { key: String! summary: String! }" +
    inputs;
  const removed = released.replace(" summary: String!", "");

  test("may grow", () => {
    const current =
      "type Query { issue(key: String!, gone: Boolean = false, instance: String): Issue } type Issue { key: String! summary: String! rank: Int }" +
      inputs.replace("input Order {", "input Order { first: Int = 1");
    expect(schemaProblems(released, current, "# nothing\n")).toEqual([]);
  });

  test("may list the fields of an input in another order", () => {
    const current = released.replace("by: String limit: Int", "limit: Int by: String");
    expect(schemaProblems(released, current, "")).toEqual([]);
  });

  test.each([
    ["a removed field", removed, "Issue.summary was removed. This breaks who uses it"],
    [
      "a field that can be null now",
      released.replace("summary: String!", "summary: String"),
      "Issue.summary changed type from String! to String. This breaks who uses it",
    ],
    [
      "an argument that must be given now",
      released.replace("key: String!,", "key: String!, instance: String!,"),
      "A required arg instance on Query.issue was added. This breaks who uses it",
    ],
    [
      "another default of an argument",
      released.replace("= false", "= true"),
      "Query.issue arg gone has changed defaultValue from false to true. This breaks who uses it",
    ],
    [
      "an argument that has lost its default",
      released.replace(" = false", ""),
      "Query.issue arg gone defaultValue was removed. This breaks who uses it",
    ],
    [
      "another default of an input's field",
      released.replace("= DESC", "= ASC"),
      "Order.direction has changed defaultValue from DESC to ASC. This breaks who uses it",
    ],
    [
      "another default in an input",
      released.replace("limit: 2}", "limit: 3}"),
      'Order.then has changed defaultValue from {by: "key", limit: 2} to {by: "key", limit: 3}. This breaks who uses it',
    ],
    [
      "an input's field that has lost its default",
      released.replace(" = DESC", ""),
      "Order.direction defaultValue was removed. This breaks who uses it",
    ],
  ])("%s fails", (_, current, problem) => {
    expect(schemaProblems(released, current, "")).toEqual([problem]);
  });

  test("may lose what was accepted with a reason", () => {
    const accepted = "# meant\nIssue.summary was removed. -- it was always empty\n";
    expect(schemaProblems(released, removed, accepted)).toEqual([]);
  });

  test("needs the reason, and the change", () => {
    expect(schemaProblems(released, removed, "Issue.summary was removed.\n")).toEqual([
      'Issue.summary was removed.: say behind " -- " why it is accepted',
    ]);
    expect(
      schemaProblems(released, released, "Issue.summary was removed. -- it was always empty\n"),
    ).toEqual(["Issue.summary was removed.: accepted, but there is no such change"]);
  });
});
