import { useMemo } from "react";
import { useStored } from "@/ui/useStored";
import { defaultVisibility } from "./columns";

export type Density = "compact" | "comfortable";

export const rowHeights: Record<Density, number> = { compact: 28, comfortable: 36 };

function isDensity(value: unknown): value is Density {
  return value === "compact" || value === "comfortable";
}

function isRecordOf<T>(isValue: (value: unknown) => value is T) {
  return (record: unknown): record is Record<string, T> =>
    typeof record === "object" && record !== null && Object.values(record).every(isValue);
}

const isVisibility = isRecordOf((value): value is boolean => typeof value === "boolean");
const isSizing = isRecordOf((value): value is number => typeof value === "number");

const noVisibility: Record<string, boolean> = {};
const noSizing: Record<string, number> = {};

/** How this reader likes the table: kept in the browser, not in the address. */
export function useTablePreferences() {
  const [density, setDensity] = useStored<Density>("issues.density", "comfortable", isDensity);
  const [chosen, setVisibility] = useStored("issues.columns", noVisibility, isVisibility);
  const [sizing, setSizing] = useStored("issues.widths", noSizing, isSizing);
  const visibility = useMemo(() => ({ ...defaultVisibility, ...chosen }), [chosen]);
  return { density, setDensity, visibility, setVisibility, sizing, setSizing };
}

export type TablePreferences = ReturnType<typeof useTablePreferences>;
