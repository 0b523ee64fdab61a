/** Keys of one kind: make one (it is shown once), revoke one. */
import { type UseQueryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiKey, type Items, type NewApiKey } from "@/api";
import { Button, Card, Dialog, EmptyState, ErrorCard, IconButton, List, ListRow, Skeleton, useFormat } from "@/kit";
import styles from "./KeyList.module.css";
import { NewKey } from "./NewKey";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the key of the query differs by kind and is only handed on
type KeysQuery = UseQueryOptions<Items<ApiKey>, Error, Items<ApiKey>, any>;

export interface KeyListProps {
  title: string;
  lead: string;
  query: KeysQuery;
  create: () => Promise<NewApiKey>;
  remove: (id: string) => Promise<void>;
  onCreated?: (key: string) => void;
}

export function KeyList({ title, lead, query, create, remove, onCreated }: KeyListProps) {
  const { t } = useTranslation("publish");
  const client = useQueryClient();
  const keys = useQuery(query);
  const [shown, setShown] = useState<NewApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: query.queryKey });
  const make = useMutation({
    mutationFn: create,
    onSuccess: (made) => {
      setShown(made);
      onCreated?.(made.key);
      return refresh();
    },
  });
  const revoke = useMutation({ mutationFn: remove, onSuccess: () => { setRevoking(null); return refresh(); } });
  const items = keys.data?.items ?? [];
  const button = <Button icon={<Plus />} loading={make.isPending} onClick={() => make.mutate()}>{t("keys.new")}</Button>;

  return (
    <Card flush title={title} description={lead} actions={items.length > 0 ? button : undefined}>
      {make.isError && <div className={styles.pad}><ErrorCard compact title={t("keys.notMade")} error={make.error} /></div>}
      {keys.isPending && <div className={styles.pad}><Skeleton width="50%" /></div>}
      {keys.isError && <div className={styles.pad}><ErrorCard compact title={t("keys.notLoaded")} error={keys.error} onRetry={() => void keys.refetch()} /></div>}
      {keys.isSuccess && items.length === 0 && <EmptyState compact picture="keys" title={t("keys.empty")} action={button} />}
      {items.length > 0 && (
        <div className={styles.list}>
          <List label={title}>{items.map((key) => <Row key={key.id} value={key} onRevoke={() => setRevoking(key)} />)}</List>
        </div>
      )}
      <NewKey value={shown} onClose={() => setShown(null)} />
      <Dialog
        open={revoking !== null}
        onOpenChange={(open) => !open && setRevoking(null)}
        width="sm"
        title={t("keys.revokeTitle", { prefix: revoking?.prefix ?? "" })}
        footer={<><Button onClick={() => setRevoking(null)}>{t("keys.keep")}</Button><Button variant="danger" loading={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking.id)}>{t("keys.revoke")}</Button></>}
      >
        <p>{t("keys.revokeText")}</p>
        {revoke.isError && <ErrorCard compact title={t("keys.notRevoked")} error={revoke.error} />}
      </Dialog>
    </Card>
  );
}

function Row({ value, onRevoke }: { value: ApiKey; onRevoke: () => void }) {
  const { t } = useTranslation("publish");
  const format = useFormat();
  return (
    <ListRow
      icon={<KeyRound size={16} className={styles.icon} />}
      title={<code className={styles.prefix}>{value.prefix}…</code>}
      facts={<><span>{t("keys.made", { when: format.dateTime(value.created_at) })}</span><span>{value.last_used_at ? t("keys.used", { when: format.ago(value.last_used_at) }) : t("keys.unused")}</span></>}
      actions={<IconButton label={t("keys.revoke")} icon={<Trash2 />} onClick={onRevoke} />}
    />
  );
}
