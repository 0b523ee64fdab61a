/** The cache of server data. A refusal is not asked again; a lost session anywhere leads to the sign-in page. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError, sessionQuery } from "@/api";

const RETRIES = 2;

export function makeQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeSignedOut }),
    mutationCache: new MutationCache({ onError: noticeSignedOut }),
    defaultOptions: {
      queries: { staleTime: 10_000, retry: (failures, error) => canHeal(error) && failures < RETRIES },
    },
  });
  function noticeSignedOut(error: unknown): void {
    if (error instanceof ApiError && error.status === 401 && error.code !== "invalid_credentials") {
      client.setQueryData(sessionQuery.queryKey, null);
    }
  }
  return client;
}

function canHeal(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status === 429 || error.status >= 500;
}

export const queryClient = makeQueryClient();
