/** A person as initials on a colour that is always theirs. */
import styles from "./Avatar.module.css";
import { hueOf } from "./hue";

export function Avatar({ name, size = 26 }: { name: string; size?: number }) {
  return (
    <span className={styles.avatar} style={{ width: size, height: size, fontSize: size * 0.42, "--hue": hueOf(name) } as React.CSSProperties} title={name}>
      {initials(name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? "?";
  if (/\p{Script=Han}/u.test(first)) return [...first][0] ?? "?";
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return ([...first][0] ?? "?").toUpperCase() + (last ? ([...last][0] ?? "").toUpperCase() : "");
}
