/** A new place to follow: web pages by their addresses, the pages of a sitemap, or a folder of the server. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { connectorsQuery, createConnector, datasetKeys, type NewConnector } from "@/api";
import { Button, ErrorCard, Field, Input, Segmented, Textarea } from "@/kit";
import { NumberInput } from "../parts/NumberInput";
import { Toggle } from "../parts/Toggle";
import styles from "./Connectors.module.css";
import { EverySelect } from "./EverySelect";

const KINDS = ["pages", "sitemap", "folder"] as const;
type Kind = (typeof KINDS)[number];
const DAY_S = 86_400;

export function ConnectorForm({ datasetId, onDone, onCancel }: { datasetId: string; onDone: () => void; onCancel: (() => void) | null }) {
  const { t } = useTranslation("knowledge");
  const client = useQueryClient();
  const [kind, setKind] = useState<Kind>("pages");
  const [urls, setUrls] = useState("");
  const [include, setInclude] = useState("");
  const [exclude, setExclude] = useState("");
  const [limit, setLimit] = useState(500);
  const [path, setPath] = useState("");
  const [recursive, setRecursive] = useState(true);
  const [every, setEvery] = useState<number | null>(DAY_S);
  const addresses = linesOf(urls);
  const isWhole = kind === "folder" ? path.trim() !== "" : addresses.length > 0;
  const create = useMutation({
    mutationFn: () => createConnector(datasetId, made()),
    onSuccess: async () => {
      setUrls("");
      setPath("");
      onDone();
      await Promise.all([connectorsQuery(datasetId).queryKey, datasetKeys.documents(datasetId)].map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
  const made = (): NewConnector =>
    kind === "folder"
      ? { kind: "folder", name: path.trim().slice(0, 120), every_s: every, settings: { path: path.trim(), recursive } }
      : { kind: "url", name: nameOf(addresses), every_s: every, settings: { mode: kind, urls: addresses, include: linesOf(include), exclude: linesOf(exclude), limit } };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole) create.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div>
        <Segmented<Kind> label={t("connectors.kind")} value={kind} onChange={setKind} options={KINDS.map((value) => ({ value, label: t(`connectors.kinds.${value}`) }))} />
      </div>
      {kind === "folder" ? (
        <>
          <Field label={t("connectors.path")} hint={t("connectors.pathHint")}>
            <Input mono value={path} maxLength={1000} onChange={(event) => setPath(event.target.value)} />
          </Field>
          <Toggle label={t("connectors.recursive")} checked={recursive} onChange={setRecursive} />
        </>
      ) : (
        <Field label={t(`connectors.urls.${kind}`)} hint={t("connectors.urlsHint")}>
          <Textarea mono rows={kind === "pages" ? 4 : 2} value={urls} placeholder={kind === "pages" ? "https://example.com/help" : "https://example.com/sitemap.xml"} onChange={(event) => setUrls(event.target.value)} />
        </Field>
      )}
      {kind === "sitemap" && (
        <div className={styles.pair}>
          <Field label={t("connectors.include")} optional={t("optional")} hint={t("connectors.patterns")}>
            <Textarea mono rows={2} value={include} onChange={(event) => setInclude(event.target.value)} />
          </Field>
          <Field label={t("connectors.exclude")} optional={t("optional")}>
            <Textarea mono rows={2} value={exclude} onChange={(event) => setExclude(event.target.value)} />
          </Field>
          <Field label={t("connectors.limit")}>
            <NumberInput value={limit} min={1} max={2000} onChange={(value) => value !== null && setLimit(value)} />
          </Field>
        </div>
      )}
      <EverySelect value={every} onChange={setEvery} />
      {create.isError && <ErrorCard compact title={t("connectors.notAdded")} error={create.error} />}
      <div className={styles.buttons}>
        {onCancel && <Button onClick={onCancel}>{t("cancel")}</Button>}
        <Button type="submit" variant="primary" disabled={!isWhole} loading={create.isPending}>
          {t("connectors.follow")}
        </Button>
      </div>
    </form>
  );
}

const linesOf = (text: string): string[] => [...new Set(text.split(/\s+/).filter(Boolean))];

/** The host of the first address, and how many more there are. */
function nameOf(addresses: readonly string[]): string {
  const [first = ""] = addresses;
  const shown = first.replace(/^https?:\/\//, "").slice(0, 100);
  return addresses.length > 1 ? `${shown} +${addresses.length - 1}` : shown;
}
