/** Code in an answer: its language, a way to copy it, and room to scroll sideways. */
import { Check, Copy } from "lucide-react";
import { useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import styles from "./CodeBlock.module.css";
import { useCopy } from "../useCopy";

export function CodeBlock({ language, children }: { language: string; children: ReactNode }) {
  const { t } = useTranslation("chat");
  const body = useRef<HTMLPreElement>(null);
  const { copied, copy } = useCopy();
  return (
    <div className={styles.block}>
      <div className={styles.head}>
        <span>{language || t("code.plain")}</span>
        <button type="button" className={styles.copy} onClick={() => void copy(body.current?.textContent ?? "")}>
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          {copied ? t("action.copied") : t("action.copy")}
        </button>
      </div>
      <pre ref={body} className={styles.body} tabIndex={0}>
        {children}
      </pre>
    </div>
  );
}
