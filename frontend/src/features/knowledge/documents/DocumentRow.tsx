/** One document: how far it has come, what went wrong, what can be done. */
import { Archive, ArchiveRestore, Ellipsis, EyeOff, Pause, Play, Power, PowerOff, RotateCw, Trash2, TriangleAlert, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type DocumentAction, type KnowledgeDocument } from "@/api";
import { IconButton, Menu, type MenuEntry, Tag, useFormat } from "@/kit";
import { Tick } from "../parts/Tick";
import { canCancel, canPause, canResume, canRetry, waitsForRetry } from "../stages";
import styles from "./DocumentRow.module.css";
import { FileIcon } from "./FileIcon";
import { StageCell } from "./StageCell";
import { Trouble } from "./Trouble";

export interface DocumentRowProps {
  document: KnowledgeDocument;
  ticked: boolean;
  /** Only for looking: nothing is offered that would change it. */
  readOnly?: boolean;
  onTick: (shift: boolean) => void;
  onDo: (action: DocumentAction) => void;
  onDelete: () => void;
}

export function DocumentRow({ document, ticked, readOnly = false, onTick, onDo, onDelete }: DocumentRowProps) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const { name, stage } = document;
  return (
    <div className={styles.item} data-ticked={ticked || undefined} data-off={!document.is_enabled || document.is_archived || undefined}>
      <div className={styles.row}>
        {readOnly ? <span /> : <Tick checked={ticked} label={t("tick", { name })} onChange={(_, shift) => onTick(shift)} />}
        <div className={styles.name}>
          <FileIcon name={name} className={styles.icon} />
          <Link to={`/knowledge/${document.dataset_id}/documents/${document.id}`} className={styles.open} title={name}>
            {name}
          </Link>
          <Marks document={document} />
        </div>
        <StageCell document={document} />
        <span className={styles.number}>{document.chunk_count > 0 ? format.number(document.chunk_count) : "–"}</span>
        <span className={styles.number}>{document.hit_count > 0 ? format.number(document.hit_count) : "–"}</span>
        <span className={styles.number}>{format.bytes(document.size_bytes)}</span>
        <time className={styles.when} dateTime={document.updated_at}>
          {format.ago(document.updated_at)}
        </time>
        <div className={styles.actions}>
          {!readOnly && (
            <>
              {canPause(stage) && <IconButton size="sm" label={t("pauseNamed", { name })} icon={<Pause />} disabled={document.stopping !== null} onClick={() => onDo("pause")} />}
              {canCancel(stage) && <IconButton size="sm" label={t("cancelNamed", { name })} icon={<X />} disabled={document.stopping !== null} onClick={() => onDo("cancel")} />}
              {canResume(stage) && <IconButton size="sm" label={t("resumeNamed", { name })} icon={<Play />} onClick={() => onDo("resume")} />}
              <Menu trigger={<IconButton size="sm" label={t("menu", { name })} icon={<Ellipsis />} />} entries={entriesOf(document, t, onDo, onDelete)} />
            </>
          )}
        </div>
      </div>
      <Trouble document={document} className={styles.error} onRetry={readOnly ? undefined : () => onDo("retry")} />
    </div>
  );
}

/** What sets a document apart, in a word each. */
function Marks({ document }: { document: KnowledgeDocument }) {
  const { t } = useTranslation("knowledge");
  return (
    <span className={styles.marks}>
      {document.is_archived && <Tag icon={<Archive />}>{t("archived")}</Tag>}
      {!document.is_enabled && <Tag icon={<EyeOff />}>{t("disabled")}</Tag>}
      {document.stalled && <Tag tone="warn">{t("stalled")}</Tag>}
      {document.warnings.length > 0 && (
        <Tag tone="warn" icon={<TriangleAlert />}>
          {t("warnings", { count: document.warnings.length })}
        </Tag>
      )}
      {document.outdated && <Tag>{t("outdated")}</Tag>}
    </span>
  );
}

/** `t` speaks the namespace `knowledge`. */
export function entriesOf(document: KnowledgeDocument, t: (key: string) => string, onDo: (action: DocumentAction) => void, onDelete: () => void): MenuEntry[] {
  const { stage } = document;
  const entries: MenuEntry[] = [];
  if (canRetry(stage) || waitsForRetry(document)) entries.push({ icon: <RotateCw />, label: t("retry"), onSelect: () => onDo("retry") });
  if (canResume(stage)) entries.push({ icon: <Play />, label: t("resume"), onSelect: () => onDo("resume") });
  if (!canCancel(stage)) entries.push({ icon: <RotateCw />, label: t("readAgain"), onSelect: () => onDo("reprocess") });
  entries.push(
    document.is_enabled ? { icon: <PowerOff />, label: t("disable"), hint: t("disableHint"), onSelect: () => onDo("disable") } : { icon: <Power />, label: t("enable"), onSelect: () => onDo("enable") },
    document.is_archived ? { icon: <ArchiveRestore />, label: t("unarchive"), onSelect: () => onDo("unarchive") } : { icon: <Archive />, label: t("archive"), onSelect: () => onDo("archive") },
    { kind: "separator" },
    { icon: <Trash2 />, label: t("delete"), danger: true, onSelect: onDelete },
  );
  return entries;
}
