/** Saves a provider and tries it; a second save of a new provider changes the one just made. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createProvider, type OfferedModel, type Provider, type ProviderTest, testProvider, updateProvider } from "@/api";

export interface ProviderDraft {
  name: string;
  baseUrl: string;
  /** Empty: the stored key is kept. */
  apiKey: string;
  models: OfferedModel[];
}

export function useSaveProvider(existing: Provider | undefined) {
  const client = useQueryClient();
  const [saved, setSaved] = useState<Provider | undefined>(existing);
  const [test, setTest] = useState<ProviderTest | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const write = async (draft: ProviderDraft): Promise<Provider> => {
    const body = { name: draft.name.trim(), base_url: draft.baseUrl.trim(), models: draft.models, ...(draft.apiKey ? { api_key: draft.apiKey } : {}) };
    const provider = saved ? await updateProvider(saved.slug, body) : await createProvider(body);
    setSaved(provider);
    await client.invalidateQueries({ queryKey: ["providers"] });
    await client.invalidateQueries({ queryKey: ["models"] });
    return provider;
  };
  const guarded = async (work: () => Promise<boolean>): Promise<boolean> => {
    setBusy(true);
    setError(null);
    try {
      return await work();
    } catch (caught) {
      setError(caught);
      return false;
    } finally {
      setBusy(false);
    }
  };

  return {
    /** The server has it, in this form or an earlier one. */
    saved: saved !== undefined && (saved !== existing || test !== null),
    test,
    error,
    busy,
    foundModels: modelNames(test),
    save: (draft: ProviderDraft) => guarded(async () => {
      await write(draft);
      return true;
    }),
    /** True when the provider answered. */
    saveAndTest: (draft: ProviderDraft) => guarded(async () => {
      setTest(null);
      const provider = await write(draft);
      const result = await testProvider(provider.slug);
      setTest(result);
      return result.ok;
    }),
  };
}

function modelNames(test: ProviderTest | null): string[] {
  return (test?.models ?? []).map((model) => model.name);
}
