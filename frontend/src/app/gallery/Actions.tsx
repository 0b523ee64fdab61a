/** Buttons, menus, choices. */
import { Copy, Pencil, Play, Plus, Settings, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, CopyButton, IconButton, Kbd, Menu, Popover, Segmented, TabPanel, Tabs, useUndo } from "@/kit";
import styles from "./KitPage.module.css";
import { Section } from "./Section";

export function Actions() {
  const { t } = useTranslation("gallery");
  const [view, setView] = useState<"build" | "runs" | "access">("build");
  const [tab, setTab] = useState<"settings" | "last" | "errors">("settings");
  const undo = useUndo();
  const menu = [
    { icon: <Copy />, label: t("duplicate"), shortcut: "mod+D", onSelect: () => undefined },
    { icon: <Settings />, label: t("settings"), onSelect: () => undefined },
    { kind: "separator" as const },
    { icon: <Trash2 />, label: t("delete"), danger: true, onSelect: () => undefined },
  ];
  return (
    <Section title={t("actions")}>
      <div className={styles.row}>
        <Button variant="primary">{t("publish")}</Button>
        <Button icon={<Play />}>{t("run")}</Button>
        <Button variant="ghost" icon={<Plus />}>{t("add")}</Button>
        <Button variant="danger">{t("delete")}</Button>
        <Button loading>{t("saving")}</Button>
        <Button disabled>{t("disabled")}</Button>
        <Button size="sm">{t("small")}</Button>
        <Button size="lg" variant="primary">{t("large")}</Button>
      </div>
      <div className={styles.row}>
        <IconButton label={t("edit")} icon={<Pencil />} />
        <IconButton label={t("edit")} icon={<Pencil />} active />
        <IconButton label={t("edit")} icon={<Pencil />} variant="outline" />
        <CopyButton text="weft" />
        <Menu trigger={<Button>{t("menu")}</Button>} entries={menu} align="start" />
        <Popover trigger={<Button>{t("popover")}</Button>}><p>{t("popoverText")}</p></Popover>
        <Button onClick={() => undo({ message: t("deleted"), commit: () => undefined, undo: () => undefined })}>{t("withUndo")}</Button>
        <Kbd keys="mod+K" /><Kbd keys="shift+?" />
      </div>
      <div className={styles.row}>
        <Segmented label={t("tabs")} value={view} onChange={setView} options={[{ value: "build", label: t("build") }, { value: "runs", label: t("runs") }, { value: "access", label: t("access") }]} />
      </div>
      <Tabs label={t("tabs")} value={tab} onChange={setTab} tabs={[{ value: "settings", label: t("settings") }, { value: "last", label: t("lastRun") }, { value: "errors", label: t("errorsRetry") }]}>
        <TabPanel value={tab}><p style={{ paddingTop: 12 }}>{t("popoverText")}</p></TabPanel>
      </Tabs>
    </Section>
  );
}
