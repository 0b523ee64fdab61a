/** The shape of app cards while they load. */
import { Skeleton } from "@/kit";
import styles from "./AppCard.module.css";

export function CardBones({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => (
    <div key={index} className={styles.card}>
      <div className={styles.head}><Skeleton width={40} height={40} radius={11} /><div className={styles.names}><Skeleton width="62%" height={16} /><Skeleton width="34%" height={12} /></div></div>
      <Skeleton width="86%" />
      <div className={styles.foot}><Skeleton width={110} height={12} /><Skeleton width={80} height={24} style={{ marginLeft: "auto" }} /></div>
    </div>
  ));
}
