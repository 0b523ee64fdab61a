/** What its reader thought of an answer, and a way to put the question into the test sets of what was searched for it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ListPlus, ThumbsDown, ThumbsUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { casesFromMessage, type ConversationMessage, evaluationKeys, useMay } from "@/api";
import { Button, ErrorCard, State, Tag } from "@/kit";
import styles from "./ConversationView.module.css";

export function MessageCase({ message }: { message: ConversationMessage }) {
  const { t } = useTranslation("runs");
  const client = useQueryClient();
  const mayEdit = useMay("editor");
  const { feedback, datasets } = message;
  const make = useMutation({
    mutationFn: () => casesFromMessage(message.id),
    onSuccess: async () => {
      await Promise.all(datasets.map(({ id }) => client.invalidateQueries({ queryKey: evaluationKeys.cases(id) })));
    },
  });
  const canMake = mayEdit && datasets.length > 0 && message.query.trim() !== "";
  if (!feedback && !canMake) return null;
  return (
    <div className={styles.judged}>
      {feedback && (
        <Tag tone={feedback.rating === "like" ? "ok" : "bad"} icon={feedback.rating === "like" ? <ThumbsUp /> : <ThumbsDown />}>
          {t(`conversation.${feedback.rating}`)}
        </Tag>
      )}
      {feedback?.content && <span className={styles.opinion}>{feedback.content}</span>}
      {canMake && !make.isSuccess && (
        <Button size="sm" variant="ghost" icon={<ListPlus />} loading={make.isPending} onClick={() => make.mutate()}>
          {t("conversation.makeCase")}
        </Button>
      )}
      {make.isSuccess && (
        <span role="status" className={styles.made}>
          <State tone="ok">{t(make.data.items.length > 0 ? "conversation.caseMade" : "conversation.caseThere")}</State>
          {datasets.map(({ id, name }) => (
            <Link key={id} to={`/knowledge/${id}?tab=evaluation&view=cases`}>
              {name}
            </Link>
          ))}
        </span>
      )}
      {make.isError && <ErrorCard compact title={t("conversation.caseFailed")} error={make.error} onRetry={() => make.mutate()} />}
    </div>
  );
}
