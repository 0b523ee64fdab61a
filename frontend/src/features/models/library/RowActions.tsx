/** What can be done with a model now: one thing in full sight, the rest beside it. */
import { Download, MoreHorizontal, Pause, Play, Rocket, Trash2, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type LibraryModel, type ModelLibrary } from "@/api";
import { Button, IconButton, Menu } from "@/kit";
import { Confirm } from "./Confirm";
import { isInUse } from "./inUse";
import { nameOf } from "./nameOf";
import styles from "./RowActions.module.css";
import { type LibraryAction } from "./useLibrary";

interface RowActionsProps {
  model: LibraryModel;
  library: ModelLibrary;
  busy: boolean;
  onAct: (action: LibraryAction) => void;
}

export function RowActions(props: RowActionsProps) {
  const { state } = props.model;
  if (state === "absent") return <Get {...props} />;
  return <div className={styles.actions}>{state === "ready" ? <Ready {...props} /> : <Moving {...props} />}</div>;
}

function Get({ model, library: { network }, busy, onAct }: RowActionsProps) {
  const { t } = useTranslation("models");
  if (model.fit.verdict === "no") return null;
  const isHindered = network.state !== "online" || model.fit.disk === "short";
  return (
    <div className={styles.actions}>
      <Button size="sm" icon={<Download />} loading={busy} disabled={isHindered} aria-label={t("library.getNamed", { name: model.name })} onClick={() => onAct((actions) => actions.get(model.id))}>{t("library.get")}</Button>
    </div>
  );
}

function Moving({ model: { key, name, state }, library: { network }, busy, onAct }: RowActionsProps) {
  const { t } = useTranslation("models");
  const stands = state === "paused" || state === "failed";
  return (
    <>
      {stands
        ? <Button size="sm" icon={<Play />} loading={busy} disabled={network.state === "disabled"} aria-label={t("library.resumeNamed", { name })} onClick={() => onAct((actions) => actions.resume(key))}>{t(state === "failed" ? "library.retry" : "library.resume")}</Button>
        : state !== "verifying" && <Button size="sm" icon={<Pause />} loading={busy} aria-label={t("library.pauseNamed", { name })} onClick={() => onAct((actions) => actions.pause(key))}>{t("library.pause")}</Button>}
      <IconButton size="sm" label={t("library.cancelNamed", { name })} icon={<X />} disabled={busy} onClick={() => onAct((actions) => actions.cancel(key))} />
    </>
  );
}

function Ready({ model, library, busy, onAct }: RowActionsProps) {
  const { t } = useTranslation("models");
  const [asking, setAsking] = useState<"serve" | "remove" | null>(null);
  const { serving } = library;
  const changing = serving.state !== "serving" && serving.state !== "empty" && serving.state !== "failed";
  const quantization = model.fit.verdict === "quantised" ? model.fit.quantization : "none";
  const serve = () => onAct((actions) => actions.serve(model.key, quantization));
  const isForgotten = model.source === "directory";
  const entries = [{ label: t(isForgotten ? "library.forget" : "library.remove"), icon: <Trash2 />, danger: true, onSelect: () => setAsking("remove") }];
  if (isInUse(model, library)) return null;
  return (
    <>
      {!model.problem && model.fit.verdict !== "no" && <Button size="sm" icon={<Rocket />} loading={busy} disabled={changing} aria-label={t("library.serveNamed", { name: model.name })} onClick={() => (serving.key ? setAsking("serve") : serve())}>{t("library.serve")}</Button>}
      <Menu trigger={<IconButton size="sm" label={t("library.moreFor", { name: model.name })} icon={<MoreHorizontal />} />} entries={entries} />
      <Confirm open={asking === "serve"} onClose={() => setAsking(null)} title={t("library.serveTitle", { name: model.name })} text={t("library.serveText", { name: model.name, before: nameOf(library.models, serving.key) })} action={t("library.serve")} onConfirm={serve} />
      <Confirm danger open={asking === "remove"} onClose={() => setAsking(null)} title={t(isForgotten ? "library.forgetTitle" : "library.removeTitle", { name: model.name })} text={t(isForgotten ? "library.forgetText" : "library.removeText", { path: model.path ?? "" })} action={t(isForgotten ? "library.forget" : "library.remove")} onConfirm={() => onAct((actions) => actions.remove(model.key))} />
    </>
  );
}
