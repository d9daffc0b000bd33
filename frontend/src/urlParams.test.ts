import { describe, expect, test } from "vitest";
import { oneOf, parseParams, someOf, stringifyParams, textList } from "./urlParams";

describe("the search part of an address", () => {
  test("repeats a name for each value, and reads it back", () => {
    const text = stringifyParams({ q: "a b", projects: ["OPS", "WEB"], none: undefined });
    expect(text).toBe("?q=a+b&projects=OPS&projects=WEB");
    expect(parseParams(text)).toEqual({ q: "a b", projects: ["OPS", "WEB"] });
  });

  test("keeps what looks like a number a text", () => {
    expect(parseParams("?q=42")).toEqual({ q: "42" });
  });

  test("is empty when nothing is asked", () => {
    expect(stringifyParams({ q: undefined })).toBe("");
  });
});

test("a list takes one value or many, without repetition or blanks", () => {
  expect(textList("a")).toEqual(["a"]);
  expect(textList(["a", "", "b", "a"])).toEqual(["a", "b"]);
  expect(textList(undefined)).toBeUndefined();
});

test("only allowed values pass", () => {
  expect(oneOf("ASC", ["ASC", "DESC"])).toBe("ASC");
  expect(oneOf("up", ["ASC", "DESC"])).toBeUndefined();
  expect(someOf(["DONE", "nonsense"], ["TODO", "DONE"])).toEqual(["DONE"]);
  expect(someOf("nonsense", ["TODO", "DONE"])).toBeUndefined();
});
