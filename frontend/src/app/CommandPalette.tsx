/** ⌘K: go anywhere, do anything the page offers. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Boxes, Cpu, Languages, Library, MoonStar, Plus, Settings } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { appsQuery, datasetsQuery, useMay } from "@/api";
import { AppIcon, Kbd, type PaletteCommand, rankOf, usePaletteCommands, useTheme } from "@/kit";
import styles from "./CommandPalette.module.css";
import { paletteState } from "./paletteState";
import { useChooseLanguage } from "./UserMenu";

export function CommandPalette() {
  const { t } = useTranslation();
  const open = useSyncExternalStore(paletteState.subscribe, paletteState.get);
  useOpenKey();
  return (
    <Dialog.Root open={open} onOpenChange={paletteState.set}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.veil} />
        <Dialog.Content className={styles.window} aria-describedby={undefined}>
          <Dialog.Title className="sr-only">{t("palette.title")}</Dialog.Title>
          <Choices />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Choices() {
  const { t } = useTranslation();
  const commands = [...usePaletteCommands(), ...useShellCommands(), ...usePlaces()];
  const groups = byGroup(commands);
  const filter = rankOf(commands.map(({ id, label, keywords }) => ({ value: id, names: [label], keywords })));
  return (
    <Command loop filter={filter}>
      <Command.Input className={styles.input} placeholder={t("palette.placeholder")} autoFocus />
      <Command.List className={styles.list}>
        <Command.Empty className={styles.empty}>{t("palette.empty")}</Command.Empty>
        {groups.map(([group, commands]) => (
          <Command.Group key={group} heading={group} className={styles.group}>
            {commands.map((command) => (
              <Command.Item key={command.id} value={command.id} className={styles.item} onSelect={() => { paletteState.set(false); command.run(); }}>
                <span className={styles.icon}>{command.icon}</span>
                <span className={styles.label}>{command.label}</span>
                {command.shortcut && <Kbd keys={command.shortcut} />}
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  );
}

function useShellCommands(): PaletteCommand[] {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const theme = useTheme();
  const chooseLanguage = useChooseLanguage();
  const go = t("palette.go");
  const act = t("palette.do");
  const to = (id: string, label: string, icon: React.ReactNode, path: string): PaletteCommand => ({ id, label, icon, group: go, keywords: [path], run: () => void navigate(path) });
  const mayEdit = useMay("editor");
  const newApp: PaletteCommand = { id: "new-app", label: t("palette.newApp"), icon: <Plus />, group: act, keywords: ["new", "create", "新建"], run: () => void navigate("/apps?new=1") };
  const dark = theme.shown === "dark";
  return [
    to("go-apps", t("nav.apps"), <Boxes />, "/apps"),
    to("go-knowledge", t("nav.knowledge"), <Library />, "/knowledge"),
    to("go-models", t("nav.models"), <Cpu />, "/models"),
    to("go-settings", t("nav.settings"), <Settings />, "/settings"),
    ...(mayEdit ? [newApp] : []),
    { id: "theme", label: dark ? t("palette.light") : t("palette.dark"), icon: <MoonStar />, group: act, keywords: ["theme", "dark", "light", "主题"], run: () => theme.choose(dark ? "light" : "dark") },
    { id: "language", label: i18n.language === "zh" ? "English" : "中文", icon: <Languages />, group: act, keywords: ["language", "语言"], run: () => chooseLanguage(i18n.language === "zh" ? "en" : "zh") },
  ];
}

function usePlaces(): PaletteCommand[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const apps = useInfiniteQuery(appsQuery(""));
  const datasets = useQuery(datasetsQuery);
  return useMemo(() => [
    ...(apps.data?.pages.flatMap((page) => page.items) ?? []).map((app) => ({ id: `app-${app.id}`, label: app.name, group: t("nav.apps"), icon: <AppIcon icon={app.icon} seed={app.id} size={22} />, run: () => void navigate(`/apps/${app.id}`) })),
    ...(datasets.data?.items ?? []).map((dataset) => ({ id: `dataset-${dataset.id}`, label: dataset.name, group: t("nav.knowledge"), icon: <Library />, run: () => void navigate(`/knowledge/${dataset.id}`) })),
  ], [apps.data, datasets.data, navigate, t]);
}

function useOpenKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== "k" || event.shiftKey || event.altKey) return;
      event.preventDefault();
      paletteState.set(!paletteState.get());
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function byGroup(commands: PaletteCommand[]): [string, PaletteCommand[]][] {
  const found = new Map<string, PaletteCommand[]>();
  for (const command of commands) found.set(command.group, [...(found.get(command.group) ?? []), command]);
  return [...found];
}
