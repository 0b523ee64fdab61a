/** A small workflow at work, drawn with the editor's own shapes. Decoration: hidden from screen readers. */
import { ArrowRight, BookOpen, Check, GitBranch, Sparkles } from "lucide-react";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/kit";
import styles from "./Scene.module.css";

export function Scene() {
  const { t } = useTranslation("auth");
  return (
    <div className={styles.scene}>
      <svg className={styles.edges} viewBox="0 0 560 470" fill="none">
        <path className={styles.done} d="M118 78C118 108 300 94 300 124" />
        <path className={styles.done} d="M300 190C300 214 190 206 190 232" />
        <path className={styles.idle} d="M300 190C300 214 438 206 438 232" />
        <path className={styles.live} d="M190 322C190 340 270 332 270 352" />
      </svg>
      <Node at="start" family="io" icon={<ArrowRight />} title={t("scene.start")} state="0.1 ms" />
      <Node at="find" family="know" icon={<BookOpen />} title={t("scene.find")} state="38 ms">{t("scene.findFact")}</Node>
      <Node at="answer" family="model" icon={<Sparkles />} title={t("scene.answer")} live state={t("scene.answerState")}>{t("scene.answerFact")}</Node>
      <Node at="ask" family="logic" icon={<GitBranch />} title={t("scene.ask")} skipped />
      <div className={styles.bubble}>
        <span>{t("scene.reply")}</span> <span className={styles.cite}>{t("scene.cite")}</span><span className={styles.cursor} />
      </div>
    </div>
  );
}

function Node({ at, family, icon, title, state, live = false, skipped = false, children }: { at: "start" | "find" | "answer" | "ask"; family: string; icon: ReactNode; title: string; state?: string; live?: boolean; skipped?: boolean; children?: ReactNode }) {
  return (
    <div className={cx(styles.node, styles[at], live && styles.isLive, skipped && styles.isSkipped)} style={{ "--c": `var(--n-${family})` } as React.CSSProperties}>
      <div className={styles.head}><span className={styles.icon}>{icon}</span>{title}{state && <span className={live ? styles.running : styles.ok}>{live ? <i /> : <Check />}{state}</span>}</div>
      {children && <div className={styles.fact}>{children}</div>}
    </div>
  );
}
