/** One question of the test set. */
import { Ellipsis, Pencil, Search, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Case } from "@/api";
import { IconButton, Menu, Switch, Tag } from "@/kit";
import { Tick } from "../parts/Tick";
import styles from "./CasesView.module.css";
import { bestRank } from "./measures";

export interface CaseRowProps {
  one: Case;
  ticked: boolean;
  readOnly: boolean;
  onTick: (shift: boolean) => void;
  onEdit: () => void;
  onEnable: (on: boolean) => void;
  onDelete: () => void;
  onAsk: () => void;
}

export function CaseRow({ one, ticked, readOnly, onTick, onEdit, onEnable, onDelete, onAsk }: CaseRowProps) {
  const { t } = useTranslation("evaluation");
  const [first] = one.expected;
  const name = one.question.slice(0, 60);
  const best = one.last ? bestRank(one.last.ranks) : null;
  return (
    <div className={styles.row} data-ticked={ticked || undefined} data-off={!one.is_enabled || undefined}>
      {readOnly ? <span /> : <Tick checked={ticked} label={t("case.tick", { name })} onChange={(_, shift) => onTick(shift)} />}
      <div className={styles.words}>
        <button type="button" className={styles.question} title={one.question} onClick={readOnly ? onAsk : onEdit}>
          {one.question}
        </button>
        <span className={styles.expected}>
          {first ? [first.document_name ?? t("case.documentGone"), first.quote || t("case.anyPassage")].join(" · ") : t("case.toJudge")}
          {one.expected.length > 1 && ` ${t("case.andMore", { count: one.expected.length - 1 })}`}
        </span>
      </div>
      <span>{one.source !== "hand" && <Tag>{t(`case.source.${one.source}`)}</Tag>}</span>
      <span>{one.last && (best === null ? <Tag tone="bad">{t("notFound")}</Tag> : <Tag tone={best <= 3 ? "ok" : "neutral"}>{t("rank", { rank: best })}</Tag>)}</span>
      <span className={styles.actions}>
        {!readOnly && <Switch checked={one.is_enabled} label={t("case.counts", { name })} disabled={one.expected.length === 0} onChange={onEnable} />}
        <Menu
          trigger={<IconButton size="sm" label={t("case.menu", { name })} icon={<Ellipsis />} />}
          entries={[
            { icon: <Search />, label: t("askThis"), onSelect: onAsk },
            ...(readOnly ? [] : [{ icon: <Pencil />, label: t("case.edit"), onSelect: onEdit }, { icon: <Trash2 />, label: t("case.delete"), danger: true, onSelect: onDelete }]),
          ]}
        />
      </span>
    </div>
  );
}
