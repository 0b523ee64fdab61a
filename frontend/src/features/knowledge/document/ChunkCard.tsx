/** One passage: where in the document it stands, its words, what can be done with it. Positions count from 0, people from 1. */
import { Ellipsis, EyeOff, HelpCircle, Pencil, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Chunk } from "@/api";
import { IconButton, Menu, type MenuEntry, Switch, Tag, useFormat } from "@/kit";
import styles from "./ChunkCard.module.css";

export interface ChunkCardProps {
  chunk: Chunk;
  selected: boolean;
  mayEdit: boolean;
  onSelect: () => void;
  onEdit: () => void;
  onEnable: (on: boolean) => void;
  onDelete: () => void;
  /** Of a parent: writes another passage under it. */
  onAddChild?: (() => void) | undefined;
  onWhyNot: () => void;
  /** Its own passages, of a parent. */
  children?: ReactNode;
}

/** Longer passages are folded. */
const FOLDED = 700;

export function ChunkCard({ chunk, selected, mayEdit, onSelect, onEdit, onEnable, onDelete, onAddChild, onWhyNot, children }: ChunkCardProps) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const name = t("passage", { position: chunk.position + 1 });
  const isLong = chunk.content.length > FOLDED;
  const entries: MenuEntry[] = [
    { icon: <HelpCircle />, label: t("chunk.whyNot"), onSelect: onWhyNot },
    ...(mayEdit && onAddChild ? [{ icon: <Plus />, label: t("chunk.addChild"), onSelect: onAddChild }] : []),
    ...(mayEdit ? [{ icon: <Pencil />, label: t("edit"), onSelect: onEdit }, { icon: <Trash2 />, label: t("delete"), danger: true, onSelect: onDelete }] : []),
  ];
  return (
    <article className={styles.card} data-selected={selected || undefined} data-off={!chunk.is_enabled || undefined} data-kind={chunk.kind} aria-label={name}>
      <header className={styles.head}>
        <button type="button" className={styles.open} aria-pressed={selected} onClick={onSelect}>
          #{format.number(chunk.position + 1)}
          <span className="sr-only">{t("chunk.show")}</span>
        </button>
        {chunk.headings.length > 0 && (
          <span className={styles.headings} title={chunk.headings.join(" › ")}>
            {chunk.headings.join(" › ")}
          </span>
        )}
        <span className={styles.facts}>
          {!chunk.is_enabled && <Tag icon={<EyeOff />}>{t("disabled")}</Tag>}
          {chunk.is_edited && <Tag>{t("chunk.edited")}</Tag>}
          {chunk.is_enabled && !chunk.is_indexed && chunk.kind !== "parent" && <Tag tone="run">{t("chunk.notIndexed")}</Tag>}
          {chunk.hit_count > 0 && <span>{t("hits", { count: chunk.hit_count, n: format.number(chunk.hit_count) })}</span>}
          {chunk.page !== null && <span>{t("page", { page: chunk.page })}</span>}
        </span>
        <span className={styles.actions}>
          {mayEdit && <Switch checked={chunk.is_enabled} label={t("chunk.enabled", { name })} onChange={onEnable} />}
          <Menu trigger={<IconButton size="sm" label={t("menu", { name })} icon={<Ellipsis />} />} entries={entries} />
        </span>
      </header>
      {chunk.kind === "pair" ? (
        <dl className={styles.pair}>
          <dt>{t("chunk.question")}</dt>
          <dd>{chunk.content}</dd>
          <dt>{t("chunk.answer")}</dt>
          <dd>{chunk.answer}</dd>
        </dl>
      ) : (
        <p className={styles.text} data-folded={(isLong && !open) || undefined}>
          {chunk.content}
        </p>
      )}
      {isLong && chunk.kind !== "pair" && (
        <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? "chunk.less" : "chunk.whole")}
        </button>
      )}
      {chunk.keywords.length > 0 && (
        <p className={styles.keywords} aria-label={t("chunk.keywords")}>
          {chunk.keywords.map((word) => (
            <Tag key={word}>{word}</Tag>
          ))}
        </p>
      )}
      {children}
    </article>
  );
}
