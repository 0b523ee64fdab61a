/** On the card of a node that runs for each item of a list: which list, and how far it has come. */
import { Layers } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Batch } from "@/graph";
import { Reference } from "../form/Reference";
import styles from "./Card.module.css";
import { useRounds } from "./Rounds";

export function BatchLine({ id, batch }: { id: string; batch: Batch }) {
  const { t } = useTranslation("editor");
  const rounds = useRounds(id);
  return (
    <p className={styles.fact}>
      <Layers size={13} className={styles.batch} aria-hidden />
      <span className={styles.factText}>{t("card.each")}</span>
      {batch.items.length > 0 && <Reference short selector={batch.items} />}
      {rounds && <span className={styles.rounds}>{rounds.of === null ? rounds.done : t("frame.done", { done: rounds.done, of: rounds.of })}</span>}
    </p>
  );
}
