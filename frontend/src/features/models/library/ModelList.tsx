/** Models to get and to serve: those that fit this machine first, all of them on request. */
import { FolderPlus, PackagePlus, Plus, WifiOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type LibraryModel, type ModelLibrary } from "@/api";
import { Button, Card, Menu, Segmented } from "@/kit";
import { AddDirectory } from "./AddDirectory";
import { GetById } from "./GetById";
import styles from "./ModelList.module.css";
import { ModelRow } from "./ModelRow";

type Shown = "fitting" | "all";
type Adding = "directory" | "hub" | null;

export function ModelList({ library }: { library: ModelLibrary }) {
  const { t } = useTranslation("models");
  const [shown, setShown] = useState<Shown>("fitting");
  const [adding, setAdding] = useState<Adding>(null);
  const { models, network, machine } = library;
  const fitting = models.filter((model) => model.state !== "absent" || model.fit.verdict !== "no");
  const rows = shown === "fitting" ? fitting : models;
  const hasSpeeds = rows.some((model) => model.fit.tokens_per_s !== null);
  const close = (open: boolean) => !open && setAdding(null);
  const entries = [
    { label: t("library.directory.title"), icon: <FolderPlus />, onSelect: () => setAdding("directory") },
    { label: t("library.hub.title"), icon: <PackagePlus />, disabled: network.state !== "online", onSelect: () => setAdding("hub") },
  ];
  return (
    <Card flush>
      <header className={styles.head}>
        <div className={styles.words}>
          <h3 className={styles.title}>{t(shown === "fitting" ? "library.fitting" : "library.all")}</h3>
          <p className={styles.lead}>{t("library.lead")}</p>
          {hasSpeeds && <p className={styles.aside}>{t(`library.speeds.${machine.bandwidth_source}`)}</p>}
        </div>
        <div className={styles.tools}>
          {models.length > fitting.length && <Segmented size="sm" label={t("library.shown")} value={shown} onChange={setShown} options={[{ value: "fitting", label: t("library.showFitting") }, { value: "all", label: t("library.showAll") }]} />}
          <Menu trigger={<Button size="sm" icon={<Plus />}>{t("library.add")}</Button>} entries={entries} />
        </div>
      </header>
      <Network network={network} />
      {rows.length === 0 && <p className={styles.none}>{t("library.none")}</p>}
      {GROUPS.map((group) => {
        const own = rows.filter((model) => groupOf(model) === group);
        const label = t(`library.size.${group}`);
        return own.length > 0 && (
          <section key={group} aria-label={label}>
            <h4 className={styles.group}>{label}</h4>
            <ul>{own.map((model) => <ModelRow key={model.key} model={model} library={library} />)}</ul>
          </section>
        );
      })}
      <AddDirectory roots={machine.roots} open={adding === "directory"} onOpenChange={close} />
      <GetById open={adding === "hub"} onOpenChange={close} />
    </Card>
  );
}

const GROUPS = ["here", "small", "medium", "large", "other"] as const;

function groupOf({ state, size }: LibraryModel): (typeof GROUPS)[number] {
  return state === "absent" ? (size ?? "other") : "here";
}

function Network({ network: { state, endpoint } }: { network: ModelLibrary["network"] }) {
  const { t } = useTranslation("models");
  if (state === "online") return null;
  return (
    <div className={styles.network} role="status">
      <WifiOff size={16} aria-hidden />
      <p>{t(`library.network.${state}`, { endpoint })}</p>
    </div>
  );
}
