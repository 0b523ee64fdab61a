/** The library as it is, and doing something about it: what an action answers is shown at once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { libraryActions, libraryQuery, type ModelLibrary, useMay } from "@/api";

export function useLibrary() {
  const client = useQueryClient();
  const library = useQuery({ ...libraryQuery, enabled: useMay("admin") });
  const serving = library.data?.serving;
  const served = serving && `${serving.key ?? ""} ${serving.state}`;
  // What is served is what pickers of models offer.
  useEffect(() => {
    if (served !== undefined) void client.invalidateQueries({ queryKey: ["models"] });
  }, [client, served]);
  return library;
}

export type LibraryAction = (actions: typeof libraryActions) => Promise<ModelLibrary>;

export function useLibraryAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: LibraryAction) => action(libraryActions),
    onMutate: () => client.cancelQueries({ queryKey: libraryQuery.queryKey }),
    onSuccess: (library) => client.setQueryData(libraryQuery.queryKey, library),
    onError: () => client.invalidateQueries({ queryKey: libraryQuery.queryKey }),
  });
}
