/** How much of a node's prompt a model server can keep from one run to the next. */
import { useTranslation } from "react-i18next";
import { timesAsked, WORTH_TOKENS } from "@/graph";
import { Progress, useFormat } from "@/kit";
import { useEditorState } from "../../store/context";
import { selectRunState } from "../../store/selectors";
import { useForm } from "../context";
import styles from "./PromptReuse.module.css";

export function PromptReuse() {
  const { t } = useTranslation("editor");
  const format = useFormat();
  const { node, review } = useForm();
  const run = useEditorState(selectRunState);
  if (!review || review.fixed < WORTH_TOKENS) return null;
  const { reused, fixed, reachable } = review;
  const times = run ? timesAsked(run, node.id) : 0;
  const again = (reachable - reused) * (times - 1);
  return (
    <section className={styles.reuse}>
      <h5 className={styles.caption}>
        {t("prompt.reuse")}
        <span>{t("prompt.reuseTokens", { reused: format.number(reused), fixed: format.number(fixed) })}</span>
      </h5>
      <Progress thin value={reused / fixed} tone={reachable - reused < WORTH_TOKENS ? "ok" : "accent"} label={t("prompt.reuse")} />
      <p className={styles.text}>{t("prompt.reuseText")}</p>
      {again >= WORTH_TOKENS && <p className={styles.text}>{t("prompt.inRun", { count: times, tokens: format.number(again) })}</p>}
    </section>
  );
}
