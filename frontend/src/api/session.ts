/** Who is signed in; the first set-up of a fresh installation. */
import { queryOptions } from "@tanstack/react-query";
import { api, ApiError } from "./client";
import { type Language, type Session } from "./types";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await api.get<Session>("/session", { signal });
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

/** How large a file may be, in bytes; null while nobody is known. */
export const uploadLimitQuery = queryOptions({ ...sessionQuery, select: (session) => session?.limits.max_upload_bytes ?? null });

export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: ({ signal }) => api.get<{ needed: boolean }>("/setup", { signal }),
});

export const signIn = (email: string, password: string) => api.post<Session>("/session", { email, password });
export const signOut = () => api.delete("/session");
export const updateProfile = (changes: { name?: string; language?: Language }) => api.patch<Session>("/session", changes);
export const renameWorkspace = (name: string) => api.patch<Session["workspace"]>("/workspace", { name });
export const setUp = (person: { token: string; email: string; name: string; password: string; language: Language }) => api.post<Session>("/setup", person);
