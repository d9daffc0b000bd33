import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./Button";
import styles from "./Dialog.module.css";

/**
 * A question or a closer look above the page, with a title and a description. The focus stays
 * within until it is closed, and goes back to where it came from.
 */
export function Dialog({
  title,
  description,
  wide = false,
  onClose,
  actions,
  children,
}: {
  title: string;
  description: ReactNode;
  wide?: boolean;
  onClose: () => void;
  /** The buttons at its end. */
  actions?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={styles.overlay} />
        <Radix.Content className={styles.dialog} data-wide={wide}>
          <div className={styles.head}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label="Close (Esc)">
                <X aria-hidden size={16} />
              </IconButton>
            </Radix.Close>
          </div>
          <div className={styles.body} tabIndex={-1}>
            <Radix.Description asChild>
              <div className={styles.description}>{description}</div>
            </Radix.Description>
            {children}
          </div>
          {actions && <div className={styles.actions}>{actions}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
