import type { ComponentProps } from "react";
import styles from "./Button.module.css";

type ButtonProps = ComponentProps<"button"> & {
  variant?: "plain" | "primary" | "danger" | "quiet";
};

export function Button({ variant = "plain", className, ...props }: ButtonProps) {
  return (
    <button
      type="button"
      data-variant={variant}
      {...props}
      className={[styles.button, styles[variant], className].filter(Boolean).join(" ")}
    />
  );
}

/** A button that is only a picture; `label` is its name and its tooltip. */
export function IconButton({
  label,
  className,
  ...props
}: ComponentProps<"button"> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...props}
      className={[styles.button, styles.quiet, styles.icon, className].filter(Boolean).join(" ")}
    />
  );
}
