/** The top bar of pages about the whole workspace. */
import { useTranslation } from "react-i18next";
import { useSession } from "./sessionContext";
import { TopBar } from "./TopBar";
import styles from "./WorkspaceBar.module.css";

export function WorkspaceBar() {
  const { t } = useTranslation();
  const { workspace } = useSession();
  const tabs = [
    { to: "/apps", label: t("nav.apps") },
    { to: "/knowledge", label: t("nav.knowledge") },
    { to: "/models", label: t("nav.models") },
    { to: "/settings", label: t("nav.settings") },
  ];
  return <TopBar left={<span className={styles.name}>{workspace.name}</span>} tabs={tabs} label={t("nav.main")} />;
}
