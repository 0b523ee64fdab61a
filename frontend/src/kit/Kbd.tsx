/** Keys as the reader's keyboard names them: "mod+k" is ⌘K on a Mac and Ctrl K elsewhere. */
import { cx } from "./cx";
import styles from "./Kbd.module.css";

const isMac = typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform);
const NAMES: Record<string, string> = isMac
  ? { mod: "⌘", shift: "⇧", alt: "⌥", enter: "↵", esc: "Esc", backspace: "⌫" }
  : { mod: "Ctrl", shift: "Shift", alt: "Alt", enter: "↵", esc: "Esc", backspace: "⌫" };

export function Kbd({ keys, quiet = false }: { keys: string; quiet?: boolean }) {
  return (
    <span className={cx(styles.keys, quiet && styles.quiet)}>
      {keys.split("+").map((key) => (
        <kbd key={key} className={styles.key}>{NAMES[key.toLowerCase()] ?? (key.length === 1 ? key.toUpperCase() : key)}</kbd>
      ))}
    </span>
  );
}
