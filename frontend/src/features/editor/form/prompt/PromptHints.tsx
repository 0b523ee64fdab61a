/** What would let more of a prompt be reused from run to run, said beside the text it is about. A hint, no fault. */
import { Lightbulb } from "lucide-react";
import { useTranslation } from "react-i18next";
import { improvePrompt, type PromptHint, type PromptReview } from "@/graph";
import { Button, useFormat } from "@/kit";
import { useEditor } from "../../store/context";
import { useForm } from "../context";
import styles from "./PromptHints.module.css";

export function PromptHints({ field }: { field: string }) {
  const { review } = useForm();
  const hints = review?.hints.filter((hint) => hint.field === field || hint.field.startsWith(`${field}.`)) ?? [];
  return review && hints.map((hint) => <Hint key={hint.code} hint={hint} review={review} />);
}

function Hint({ hint, review }: { hint: PromptHint; review: PromptReview }) {
  const { t } = useTranslation("editor");
  const format = useFormat();
  const editor = useEditor();
  const { node, readOnly, nameOf } = useForm();
  const name = Array.isArray(hint.cause) ? nameOf(hint.cause) : hint.cause || t("prompt.aValue");
  const early = hint.code.endsWith("_early");
  const tokens = { now: format.number(review.reused), then: format.number(hint.fix?.reused ?? review.reachable), fixed: format.number(review.fixed) };
  return (
    <div className={styles.hint} role="note">
      <Lightbulb size={14} aria-hidden />
      <div className={styles.words}>
        <p>{t(`prompt.hint.${hint.code}`, { name })}</p>
        {early && <p>{t("prompt.saves", tokens)}</p>}
        {hint.fix && !readOnly && (
          <Button size="sm" variant="ghost" onClick={() => editor.dispatch(improvePrompt, { id: node.id, code: hint.code })}>
            {t(hint.code === "tools_order" ? "prompt.sameOrder" : "prompt.moveBehind")}
          </Button>
        )}
      </div>
    </div>
  );
}
