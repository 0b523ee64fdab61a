/** A text with the words of a question marked in it. */
import { useMemo } from "react";
import styles from "./Marked.module.css";
import { highlighted, needlesOf } from "./terms";

export function Marked({ text, question }: { text: string; question: string }) {
  const parts = useMemo(() => highlighted(text, needlesOf(question)), [text, question]);
  return parts.map((part, index) =>
    part.found ? (
      <mark key={index} className={styles.mark}>
        {part.text}
      </mark>
    ) : (
      part.text
    ),
  );
}
