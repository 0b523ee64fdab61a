/** Code to read and copy; several variants show as tabs. Editing code is CodeMirror's work, elsewhere. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./CodeBlock.module.css";
import { CopyIcon } from "./CopyButton";
import { cx } from "./cx";
import { highlight } from "./highlight";

export interface CodeSample {
  id: string;
  label: string;
  language: "bash" | "python" | "javascript" | "html" | "json" | "yaml" | "text";
  code: string;
}

export function CodeBlock({ samples, maxHeight }: { samples: readonly CodeSample[]; maxHeight?: number }) {
  const { t } = useTranslation("kit");
  const [chosen, setChosen] = useState(samples[0]?.id);
  const sample = samples.find((one) => one.id === chosen) ?? samples[0];
  if (!sample) return null;
  return (
    <figure className={styles.block}>
      <figcaption className={styles.head}>
        <span className={styles.tabs} role="tablist" aria-label={t("codeSamples")}>
          {samples.map((one) => (
            <button key={one.id} type="button" role="tab" aria-selected={one === sample} className={cx(styles.tab, one === sample && styles.on)} onClick={() => setChosen(one.id)}>{one.label}</button>
          ))}
        </span>
        <CopyIcon size="sm" text={sample.code} />
      </figcaption>
      <pre className={styles.pre} style={{ maxHeight }} tabIndex={0}>
        <code>{highlight(sample.code, sample.language).map((part, index) => part.kind === "plain" ? part.text : <span key={index} className={styles[part.kind]}>{part.text}</span>)}</code>
      </pre>
    </figure>
  );
}
