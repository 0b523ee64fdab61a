/** The bar at the top: left, middle, right. Its parts are given; it only places them. */
import { Search } from "lucide-react";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink } from "react-router";
import { IconButton, Logo } from "@/kit";
import { openPalette } from "./paletteState";
import styles from "./TopBar.module.css";
import { UserMenu } from "./UserMenu";

export interface TopBarTab { to: string; label: string; end?: boolean }

export function TopBar({ left, tabs, label, actions }: { left: ReactNode; tabs: readonly TopBarTab[]; label: string; actions?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <header className={styles.bar}>
      <div className={styles.left}>
        <Link to="/apps" className={styles.logo} aria-label={t("nav.home")}><Logo /></Link>
        {left}
      </div>
      <nav className={styles.tabs} aria-label={label}>
        {tabs.map((tab) => (
          <NavLink key={tab.to} to={tab.to} end={tab.end ?? false} className={({ isActive }) => (isActive ? `${styles.tab} ${styles.on}` : styles.tab ?? "")}>{tab.label}</NavLink>
        ))}
      </nav>
      <div className={styles.right}>
        <IconButton label={t("palette.open")} shortcut="mod+K" icon={<Search />} onClick={openPalette} />
        <UserMenu />
        {actions}
      </div>
    </header>
  );
}
