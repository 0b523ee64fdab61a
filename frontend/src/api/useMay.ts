/** What the signed-in person may do here. The server decides; this only keeps away what it would refuse. */
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "./session";
import { type Role } from "./types";

const RANKS: readonly Role[] = ["viewer", "editor", "admin", "owner"];

/** False when the server would refuse. A role that this page does not know yet is not held against anyone. */
export function useMay(needed: Role): boolean {
  const role = useQuery(sessionQuery).data?.role;
  const rank = role === undefined ? -1 : RANKS.indexOf(role);
  return rank < 0 || rank >= RANKS.indexOf(needed);
}
