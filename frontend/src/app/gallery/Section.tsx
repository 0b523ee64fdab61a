/** One group of the gallery. */
import { type ReactNode } from "react";
import { Card } from "@/kit";
import styles from "./KitPage.module.css";

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <h2 className={styles.heading}>{title}</h2>
      <Card>{children}</Card>
    </section>
  );
}
