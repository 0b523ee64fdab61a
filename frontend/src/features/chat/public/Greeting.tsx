/** What a visitor meets before the first question. */
import { AppIcon } from "@/kit";
import { Markdown } from "@/kit/chat";
import { type Site } from "../model/client";
import styles from "./Greeting.module.css";

export function Greeting({ site }: { site: Site }) {
  return (
    <div className={styles.greeting}>
      <AppIcon icon="chat" seed={site.title} size={52} />
      <h2 className={styles.title}>{site.title}</h2>
      {site.greeting && (
        <div className={styles.words}>
          <Markdown text={site.greeting} />
        </div>
      )}
    </div>
  );
}
