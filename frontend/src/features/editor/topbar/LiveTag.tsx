/** Which version is live, and whether the draft says something else by now. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { appQuery, versionQuery } from "@/api";
import { sameGraph, type Definition } from "@/graph";
import { Tag } from "@/kit";
import { useEditorState } from "../store/context";
import { selectDoc } from "../store/selectors";

export function LiveTag({ appId }: { appId: string }) {
  const number = useQuery(appQuery(appId)).data?.published_version;
  return number ? <Live key={number} appId={appId} number={number} /> : null;
}

function Live({ appId, number }: { appId: string; number: number }) {
  const { t } = useTranslation("editor");
  const doc = useEditorState(selectDoc);
  const live = useQuery(versionQuery<Definition>(appId, number)).data?.document;
  const changed = useMemo(() => live !== undefined && !sameGraph(doc, live), [doc, live]);
  return <Tag tone={changed ? "warn" : "ok"}>{t(changed ? "topbar.liveChanged" : "topbar.live", { number })}</Tag>;
}
