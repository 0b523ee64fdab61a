/** The bar on top: whose page this is, and the few things that can always be done. */
import { PanelLeft, SquarePen, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { AppIcon, IconButton } from "@/kit";
import { isEmbedded, tellHost } from "./host";
import { LanguageSwitch } from "./LanguageSwitch";
import styles from "./SiteHeader.module.css";

export interface SiteHeaderProps {
  title: string;
  icon?: string;
  /** Left out where there are no conversations. */
  onToggleList?: () => void;
  listOpen?: boolean;
  onNew?: () => void;
}

export function SiteHeader({ title, icon = "chat", onToggleList, listOpen, onNew }: SiteHeaderProps) {
  const { t } = useTranslation("chat");
  return (
    <header className={styles.bar}>
      {onToggleList && (
        <IconButton label={t("list.toggle")} aria-expanded={listOpen} icon={<PanelLeft />} onClick={onToggleList} />
      )}
      <AppIcon icon={icon} seed={title} size={26} />
      <h1 className={styles.title}>{title}</h1>
      <LanguageSwitch />
      {onNew && <IconButton label={t("list.new")} icon={<SquarePen />} onClick={onNew} />}
      {isEmbedded() && <IconButton label={t("page.close")} icon={<X />} onClick={() => tellHost("weft:close")} />}
    </header>
  );
}
