/** A kind's picture on its family's colour. */
import type { LucideIcon } from "lucide-react";
import type { Family } from "@/graph";
import styles from "./KindIcon.module.css";

const COLOURS: Record<Family, string> = {
  io: "var(--n-io)",
  model: "var(--n-model)",
  knowledge: "var(--n-know)",
  logic: "var(--n-logic)",
  code: "var(--n-code)",
  tool: "var(--n-tool)",
  human: "var(--n-human)",
};

export function familyColour(family: Family): string {
  return COLOURS[family];
}

export function KindIcon({ icon: Icon, family, size = 24 }: { icon: LucideIcon; family: Family; size?: number }) {
  const style = { "--c": COLOURS[family], width: size, height: size, borderRadius: size * 0.3 } as React.CSSProperties;
  return (
    <span className={styles.icon} style={style} aria-hidden="true">
      <Icon size={size * 0.58} strokeWidth={2} />
    </span>
  );
}
