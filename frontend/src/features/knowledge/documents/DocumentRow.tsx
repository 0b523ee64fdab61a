/** One document: how far it has come, what went wrong, what can be done. */
import { Ellipsis, RotateCw, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type KnowledgeDocument } from "@/api";
import { Button, ErrorCard, IconButton, Menu, type MenuEntry, useFormat } from "@/kit";
import { canResume, isMoving } from "../stages";
import styles from "./DocumentRow.module.css";
import { FileIcon } from "./FileIcon";
import { StageCell } from "./StageCell";

export interface DocumentRowProps {
  document: KnowledgeDocument;
  selected: boolean;
  /** Only for looking: nothing is offered that would change it. */
  readOnly?: boolean;
  onOpen: () => void;
  onCancel: () => void;
  onResume: () => void;
  onDelete: () => void;
}

export function DocumentRow({ document, selected, readOnly = false, onOpen, onCancel, onResume, onDelete }: DocumentRowProps) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const { name, stage, error } = document;
  const entries: MenuEntry[] = [{ icon: <Trash2 />, label: t("delete"), danger: true, onSelect: onDelete }];
  if (canResume(stage)) entries.unshift({ icon: <RotateCw />, label: t(stage === "failed" ? "retry" : "resume"), onSelect: onResume });
  return (
    <li className={styles.item} data-selected={selected || undefined}>
      <div className={styles.row}>
        <div className={styles.name}>
          <FileIcon name={name} className={styles.icon} />
          <button type="button" className={styles.open} title={name} onClick={onOpen}>
            {name}
          </button>
        </div>
        <StageCell document={document} />
        <span className={styles.number}>{document.chunk_count > 0 ? format.number(document.chunk_count) : "–"}</span>
        <span className={styles.number}>{format.bytes(document.size_bytes)}</span>
        <time className={styles.when} dateTime={document.updated_at}>
          {format.ago(document.updated_at)}
        </time>
        <div className={styles.actions}>
          {!readOnly && (
            <>
              {isMoving(stage) && <IconButton size="sm" label={t("cancelNamed", { name })} icon={<X />} onClick={onCancel} />}
              {stage === "cancelled" && <IconButton size="sm" label={t("resumeNamed", { name })} icon={<RotateCw />} onClick={onResume} />}
              <Menu trigger={<IconButton size="sm" label={t("menu", { name })} icon={<Ellipsis />} />} entries={entries} />
            </>
          )}
        </div>
      </div>
      {stage === "failed" && error && (
        <div className={styles.error}>
          <ErrorCard
            compact
            title={t("failedTitle")}
            error={error}
            actions={
              !readOnly && (
                <Button size="sm" icon={<RotateCw />} onClick={onResume}>
                  {t("retry")}
                </Button>
              )
            }
          />
        </div>
      )}
    </li>
  );
}
