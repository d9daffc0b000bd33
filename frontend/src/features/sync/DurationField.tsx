import { useId, useState } from "react";
import { formatNumber, formatSeconds } from "@/ui/format";
import styles from "./DurationField.module.css";

const units = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
type Unit = keyof typeof units;
const short: readonly Unit[] = ["seconds", "minutes", "hours"];

/** The largest unit in which the number is whole. */
function naturalUnit(seconds: number, of: readonly Unit[]): Unit {
  return of.findLast((unit) => seconds % units[unit] === 0) ?? of[0] ?? "seconds";
}

/**
 * A length of time as a number and a unit, the smallest of `of` first; tells `null` while it is not
 * between the limits. With `zero`, which says what it means, 0 may be given too.
 */
export function DurationField({
  label,
  seconds,
  min,
  max,
  of = short,
  step = 1,
  zero,
  onChange,
}: {
  label: string;
  seconds: number;
  min: number;
  max: number;
  of?: readonly Unit[];
  /** Seconds of which it must be a multiple. */
  step?: number;
  zero?: string;
  onChange: (seconds: number | null) => void;
}) {
  const id = useId();
  const [unit, setUnit] = useState(() => naturalUnit(seconds, of));
  const [text, setText] = useState(() => String(seconds / units[naturalUnit(seconds, of)]));
  const secondsOf = (number: string, unit: Unit) => {
    const value = Math.round(Number(number) * units[unit]);
    const isWithin = value >= min && value <= max && value % step === 0;
    const isZero = zero !== undefined && Number(number) === 0;
    return number.trim() !== "" && (isWithin || isZero) ? value : null;
  };
  const isValid = secondsOf(text, unit) !== null;
  const change = (number: string, unit: Unit) => {
    setText(number);
    setUnit(unit);
    onChange(secondsOf(number, unit));
  };
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <div className={styles.inputs}>
        <input
          id={id}
          inputMode="decimal"
          value={text}
          onChange={(event) => change(event.target.value, unit)}
          aria-invalid={!isValid}
          aria-describedby={`${id}-hint`}
          className={styles.number}
        />
        {of.length === 1 ? (
          <span className={styles.only}>{unit}</span>
        ) : (
          <select
            aria-label={`${label}: unit`}
            value={unit}
            onChange={(event) =>
              change(text, of.find((name) => name === event.target.value) ?? unit)
            }
            className={styles.unit}
          >
            {of.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </div>
      <p id={`${id}-hint`} className={styles.hint} data-invalid={!isValid}>
        {!isValid && "Must be "}
        {of.length === 1
          ? `${formatNumber(min / units[unit])} to ${formatNumber(max / units[unit])} whole ${unit}`
          : `${formatSeconds(min)} to ${formatSeconds(max)}`}
        {zero !== undefined && `, or 0: ${zero}`}
      </p>
    </div>
  );
}
