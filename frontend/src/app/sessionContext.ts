/** The session of the signed-in person, for the shell's own parts. */
import { createContext, useContext } from "react";
import { type Session } from "@/api";

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession is for pages inside the console");
  return session;
}
