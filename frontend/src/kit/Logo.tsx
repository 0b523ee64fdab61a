/** Weft's mark: threads crossing. */
import styles from "./Logo.module.css";

export function Logo({ size = 26 }: { size?: number }) {
  return (
    <span className={styles.logo} style={{ width: size, height: size, borderRadius: size * 0.3 }} aria-hidden="true">
      <svg width={size * 0.62} height={size * 0.62} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round"><path d="M4 7h16M4 12h16M4 17h16M8 3v18M16 3v18" /></svg>
    </span>
  );
}
