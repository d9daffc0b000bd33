import { changedParts, type Draft, type DraftPart } from "./draft";

/** Both sides' changes in one, where they touched different parts; nothing where they collide. */
export function mergeDrafts(base: Draft, theirs: Draft, mine: Draft): Draft | null {
  const myParts = changedParts(base, mine);
  const theirParts = changedParts(base, theirs);
  const collide = myParts.filter(
    (part) => theirParts.includes(part) && changedParts(theirs, mine).includes(part),
  );
  if (collide.length > 0) return null;
  const pick = (part: DraftPart) => (myParts.includes(part) ? mine : theirs);
  return {
    name: pick("name").name,
    label: pick("label").label,
    type: pick("type").type,
    sources: pick("sources").sources,
  };
}
