import { useId, useState } from "react";
import { formatSeconds } from "@/ui/format";
import styles from "./DurationField.module.css";

const units = { seconds: 1, minutes: 60, hours: 3600 } as const;
type Unit = keyof typeof units;
const unitNames: readonly Unit[] = ["seconds", "minutes", "hours"];

function naturalUnit(seconds: number): Unit {
  if (seconds % units.hours === 0) return "hours";
  return seconds % units.minutes === 0 ? "minutes" : "seconds";
}

/** A length of time as a number and a unit; tells `null` while it is not between the limits. */
export function DurationField({
  label,
  seconds,
  min,
  max,
  onChange,
}: {
  label: string;
  seconds: number;
  min: number;
  max: number;
  onChange: (seconds: number | null) => void;
}) {
  const id = useId();
  const [unit, setUnit] = useState(() => naturalUnit(seconds));
  const [text, setText] = useState(() => String(seconds / units[naturalUnit(seconds)]));
  const secondsOf = (number: string, of: Unit) => {
    const value = Math.round(Number(number) * units[of]);
    return number.trim() !== "" && value >= min && value <= max ? value : null;
  };
  const isValid = secondsOf(text, unit) !== null;
  const change = (number: string, of: Unit) => {
    setText(number);
    setUnit(of);
    onChange(secondsOf(number, of));
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
        <select
          aria-label={`${label}: unit`}
          value={unit}
          onChange={(event) =>
            change(text, unitNames.find((name) => name === event.target.value) ?? unit)
          }
          className={styles.unit}
        >
          {unitNames.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </div>
      <p id={`${id}-hint`} className={styles.hint} data-invalid={!isValid}>
        {!isValid && "Not within limits: "}
        {formatSeconds(min)} to {formatSeconds(max)}
      </p>
    </div>
  );
}
