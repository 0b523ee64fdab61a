/** The picture of an app: a drawn icon by name, or any emoji or letter, on the app's own colour. */
import { BookOpen, Bot, FileText, Headphones, Languages, type LucideIcon, Mail, MessageCircle, Newspaper, PenLine, Search, Sparkles, Workflow } from "lucide-react";
import styles from "./AppIcon.module.css";
import { hueOf } from "./hue";

const DRAWN: Record<string, LucideIcon> = {
  chat: MessageCircle, book: BookOpen, document: FileText, workflow: Workflow, bot: Bot, support: Headphones,
  translate: Languages, mail: Mail, news: Newspaper, write: PenLine, search: Search, spark: Sparkles,
};
export const APP_ICONS = Object.keys(DRAWN);

export function AppIcon({ icon, seed, size = 36 }: { icon: string; seed: string; size?: number }) {
  const Drawn = DRAWN[icon];
  return (
    <span className={styles.icon} aria-hidden="true" style={{ width: size, height: size, borderRadius: size * 0.28, fontSize: size * 0.5, "--hue": hueOf(seed) } as React.CSSProperties}>
      {Drawn ? <Drawn size={size * 0.52} /> : ([...icon][0] ?? "·")}
    </span>
  );
}
