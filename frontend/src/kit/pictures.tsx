/** Line drawings for empty states, in the colours of the theme; no words in them. */
import styles from "./pictures.module.css";

const drawings = {
  apps: (
    <>
      <g className={styles.card}><rect x="14" y="34" width="62" height="40" rx="9" /><rect x="144" y="12" width="62" height="40" rx="9" /><rect x="144" y="68" width="62" height="40" rx="9" /></g>
      <path className={styles.done} d="M76 54c34 0 34-22 68-22" /><path className={styles.live} d="M76 54c34 0 34 34 68 34" />
      <rect className={styles.io} x="23" y="43" width="14" height="14" rx="4" /><rect className={styles.model} x="153" y="21" width="14" height="14" rx="4" /><rect className={styles.know} x="153" y="77" width="14" height="14" rx="4" />
      <path className={styles.text} d="M44 50h22M23 65h34M174 28h22M153 43h36M174 84h22M153 99h28" />
    </>
  ),
  knowledge: (
    <>
      <g className={styles.card}><rect x="34" y="14" width="64" height="84" rx="9" transform="rotate(-5 66 56)" /><rect x="60" y="16" width="64" height="84" rx="9" /></g>
      <path className={styles.text} d="M72 34h40M72 46h32M72 70h40M72 82h24" /><path className={styles.mark} d="M72 58h40" />
      <path className={styles.live} d="M124 58h34" /><circle className={styles.knowRing} cx="176" cy="58" r="17" /><path className={styles.knowLine} d="M188 70l12 12" /><path className={styles.knowLine} d="M169 58l5 5 9-10" />
    </>
  ),
  runs: (
    <>
      <g className={styles.card}><rect x="26" y="16" width="168" height="88" rx="10" /></g>
      <rect className={styles.io} x="42" y="34" width="26" height="9" rx="4.5" /><rect className={styles.know} x="66" y="52" width="44" height="9" rx="4.5" /><rect className={styles.model} x="108" y="70" width="66" height="9" rx="4.5" />
      <path className={styles.text} d="M42 88h10M82 88h10M122 88h10M162 88h10" />
    </>
  ),
  models: (
    <>
      <g className={styles.card}><rect x="76" y="32" width="68" height="56" rx="12" /></g>
      <path className={styles.modelLine} d="M110 42l4.4 11.6L126 58l-11.6 4.4L110 74l-4.4-11.6L94 58l11.6-4.4z" />
      <path className={styles.done} d="M76 48H46M76 72H46" /><path className={styles.live} d="M144 48h30M144 72h30" />
      <circle className={styles.io} cx="40" cy="48" r="6" /><circle className={styles.io} cx="40" cy="72" r="6" /><circle className={styles.know} cx="180" cy="48" r="6" /><circle className={styles.model} cx="180" cy="72" r="6" />
    </>
  ),
  keys: (
    <>
      <g className={styles.card}><rect x="26" y="36" width="168" height="46" rx="12" /></g>
      <circle className={styles.modelRing} cx="54" cy="59" r="9" /><path className={styles.modelLine} d="M63 59h20m-6 0v7" />
      <path className={styles.dots} d="M100 59h74" />
    </>
  ),
  search: (
    <>
      <g className={styles.card}><rect x="46" y="18" width="128" height="24" rx="9" /><rect x="46" y="50" width="128" height="24" rx="9" /><rect x="46" y="82" width="128" height="24" rx="9" /></g>
      <path className={styles.text} d="M60 30h50M60 62h70M60 94h40" /><circle className={styles.modelRing} cx="158" cy="74" r="18" /><path className={styles.modelLine} d="M171 87l14 14" />
    </>
  ),
  chat: (
    <>
      <g className={styles.card}><rect x="30" y="46" width="118" height="52" rx="12" /></g>
      <rect className={styles.bubble} x="104" y="14" width="86" height="24" rx="12" />
      <path className={styles.text} d="M46 64h86M46 80h44" /><rect className={styles.know} x="98" y="75" width="20" height="10" rx="4" />
    </>
  ),
};
export type PictureName = keyof typeof drawings;

/** Drawings that do not fill the common frame: top and height of what is drawn. */
const CROPPED: Partial<Record<PictureName, [top: number, height: number]>> = { keys: [26, 66], models: [24, 72] };

export function Picture({ name }: { name: PictureName }) {
  const [top, height] = CROPPED[name] ?? [0, 120];
  return <svg className={styles.picture} viewBox={`0 ${top} 220 ${height}`} width="220" height={height} fill="none" aria-hidden="true">{drawings[name]}</svg>;
}
