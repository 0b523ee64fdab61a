/** The shape of what is being loaded. */
import { type CSSProperties } from "react";
import styles from "./Skeleton.module.css";

export function Skeleton({ width = "100%", height = 14, radius, style }: { width?: CSSProperties["width"]; height?: CSSProperties["height"]; radius?: CSSProperties["borderRadius"]; style?: CSSProperties }) {
  return <span aria-hidden="true" className={styles.bone} style={{ width, height, borderRadius: radius, ...style }} />;
}
