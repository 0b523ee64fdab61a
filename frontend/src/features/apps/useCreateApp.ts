/** Makes an app; files given with it become a knowledge base of its own first. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type App, appKeys, createApp, createDataset, datasetKeys, type NewApp, uploadDocument } from "@/api";

export interface AppWish extends NewApp {
  files: File[];
}

export function useCreateApp(onCreated: (app: App) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ files, ...app }: AppWish): Promise<App> => {
      if (files.length === 0) return createApp(app);
      const dataset = await createDataset({ name: app.name, description: "" });
      // one at a time: the limit is for a request, not for a file
      for (const file of files) await uploadDocument(dataset.id, file);
      return createApp({ ...app, dataset_id: dataset.id });
    },
    onSuccess: onCreated,
    onSettled: () => {
      void client.invalidateQueries({ queryKey: appKeys.all });
      void client.invalidateQueries({ queryKey: datasetKeys.all });
    },
  });
}
