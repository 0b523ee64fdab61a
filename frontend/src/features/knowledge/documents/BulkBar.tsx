/** What can be done to all ticked documents at once; floats over the end of the list. */
import { Archive, Pause, Play, Power, PowerOff, RotateCw, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type DocumentAction } from "@/api";
import { Button, IconButton, Menu } from "@/kit";
import styles from "./BulkBar.module.css";

export interface BulkBarProps {
  count: number;
  busy: boolean;
  onDo: (action: DocumentAction) => void;
  onDelete: () => void;
  onClear: () => void;
}

export function BulkBar({ count, busy, onDo, onDelete, onClear }: BulkBarProps) {
  const { t } = useTranslation("knowledge");
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("bulk.label")}>
      <span className={styles.count} role="status">
        {t("bulk.chosen", { count })}
      </span>
      <Button size="sm" variant="ghost" icon={<Power />} disabled={busy} onClick={() => onDo("enable")}>
        {t("enable")}
      </Button>
      <Button size="sm" variant="ghost" icon={<PowerOff />} disabled={busy} onClick={() => onDo("disable")}>
        {t("disable")}
      </Button>
      <Button size="sm" variant="ghost" icon={<Trash2 />} disabled={busy} onClick={onDelete}>
        {t("delete")}
      </Button>
      <Menu
        side="top"
        trigger={
          <Button size="sm" variant="ghost" disabled={busy}>
            {t("bulk.more")}
          </Button>
        }
        entries={[
          { icon: <Pause />, label: t("pause"), onSelect: () => onDo("pause") },
          { icon: <Play />, label: t("resume"), onSelect: () => onDo("resume") },
          { icon: <X />, label: t("cancel"), onSelect: () => onDo("cancel") },
          { icon: <RotateCw />, label: t("readAgain"), onSelect: () => onDo("retry") },
          { kind: "separator" },
          { icon: <Archive />, label: t("archive"), onSelect: () => onDo("archive") },
          { icon: <Archive />, label: t("unarchive"), onSelect: () => onDo("unarchive") },
        ]}
      />
      <IconButton size="sm" label={t("bulk.clear")} icon={<X />} onClick={onClear} />
    </div>
  );
}
