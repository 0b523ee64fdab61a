/** An old version on the canvas, to look at. */
import { Eye } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Definition } from "@/graph";
import { Button } from "@/kit";
import { RunCanvas } from "../RunCanvas";
import { useEditorState } from "../store/context";
import { selectKinds } from "../store/selectors";
import banner from "./Banner.module.css";
import styles from "./History.module.css";

export interface VersionViewProps {
  document: Definition;
  number: number;
  onClose: () => void;
  onRestore: () => void;
}

export function VersionView({ document, number, onClose, onRestore }: VersionViewProps) {
  const { t } = useTranslation("editor");
  const kinds = useEditorState(selectKinds);
  return (
    <div className={styles.view}>
      <RunCanvas key={number} document={document} kinds={kinds} run={null} />
      <div className={banner.banner} data-tone="accent" role="status">
        <Eye size={16} />
        <p className={banner.text}><strong>{t("history.viewing", { number })}</strong></p>
        <Button size="sm" onClick={onClose}>{t("history.back")}</Button>
        <Button size="sm" variant="primary" onClick={onRestore}>{t("history.restore")}</Button>
      </div>
    </div>
  );
}
