// Caching and the one place where an expired log-in is noticed: a dialog opens over the page, nothing typed is lost.
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { create } from "zustand";
import { ApiError } from "./error";
import { keys } from "./keys";

/** True while the server no longer knows us although this tab was logged in. */
export const useExpired = create<{ expired: boolean }>(() => ({ expired: false }));

/** Anything that calls the API outside a query tells it here when it was answered 401. */
export function noticeExpired(error: unknown): void {
  const known = queryClient.getQueryData(keys.me) !== undefined;
  if (error instanceof ApiError && error.status === 401 && known) useExpired.setState({ expired: true });
}

const permanent = (error: unknown) => error instanceof ApiError && error.status >= 400 && error.status < 500;

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeExpired }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _onMutate, mutation) => {
      if (mutation.meta?.["signsIn"] !== true) noticeExpired(error);
    },
  }),
  defaultOptions: {
    queries: { staleTime: 5_000, retry: (failures, error) => !permanent(error) && failures < 2 },
    mutations: { retry: false },
  },
});
