/** The first run in three steps: you, a model, a template. Steps two and three can be skipped; it ends in a working app. */
import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useNavigate, useSearchParams } from "react-router";
import { sessionQuery, setupQuery } from "@/api";
import { NewAppForm } from "@/features/apps";
import { AuthFrame, PersonForm } from "@/features/auth";
import { Button, cx, EmptyState } from "@/kit";
import { Loading } from "../Loading";
import { ModelStep } from "./ModelStep";
import styles from "./SetupPage.module.css";

const STEPS = ["you", "model", "template"] as const;
type Step = (typeof STEPS)[number];

export function SetupPage() {
  const { t } = useTranslation("setup");
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const session = useQuery(sessionQuery);
  const setup = useQuery(setupQuery);
  const wanted = params.get("step");
  const step: Step = wanted === "model" || wanted === "template" ? wanted : "you";
  const token = params.get("token") ?? "";
  const go = (next: Step) => setParams({ step: next }, { replace: true });

  if (session.isPending || setup.isPending) return <Loading />;
  if (step === "you" && session.data) return <Navigate to="/setup?step=model" replace />;
  if (step !== "you" && !session.data) return <Navigate to="/signin" replace />;
  if (step === "you" && setup.data && !setup.data.needed) {
    return <AuthFrame><EmptyState title={t("done.title")} text={t("done.text")} action={<Button variant="primary" asChild><Link to="/signin">{t("done.button")}</Link></Button>} /></AuthFrame>;
  }
  return (
    <AuthFrame wide={step === "template"}>
      <title>{`${t("title")} · Weft`}</title>
      <div className={styles.page}>
        <Steps at={step} />
        <div>
          <h1 className={styles.title}>{t(`${step}.title`)}</h1>
          <p className={styles.lead}>{t(`${step}.lead`)}</p>
        </div>
        {step === "you" && <PersonForm token={token} onDone={() => go("model")} />}
        {step === "model" && <ModelStep onDone={() => go("template")} />}
        {step === "template" && <NewAppForm cancelLabel={t("skip")} onCancel={() => void navigate("/apps")} onCreated={(app) => void navigate(`/apps/${app.id}`)} />}
      </div>
    </AuthFrame>
  );
}

function Steps({ at }: { at: Step }) {
  const { t } = useTranslation("setup");
  const now = STEPS.indexOf(at);
  return (
    <ol className={styles.steps} aria-label={t("steps")}>
      {STEPS.map((step, index) => (
        <li key={step} className={cx(styles.step, index === now && styles.now, index < now && styles.past)} aria-current={index === now ? "step" : undefined}>
          <span className={styles.number}>{index < now ? <Check size={12} strokeWidth={3} /> : index + 1}</span>{t(`${step}.step`)}
        </li>
      ))}
    </ol>
  );
}
