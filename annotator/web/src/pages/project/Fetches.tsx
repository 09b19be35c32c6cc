// Videos from addresses: a list to paste, and what became of each.
import { Button, Group, Progress, Stack, Table, Text, Textarea, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { cancelJob } from "../../api/background";
import { asApiError } from "../../api/error";
import { beginFetches, fetchesQuery, forgetFetch, retryFetch } from "../../api/intake";
import { keys } from "../../api/keys";
import type { Fetch } from "../../api/types";
import { type MessageKey, useT } from "../../i18n";
import { told } from "../../i18n/told";
import { FormError } from "../../ui/FormError";
import { formatNumber } from "../../ui/format";
import { itemsOf, Listing } from "../../ui/Listing";
import { Panel } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { sayError } from "../../ui/toast";
import { addressesOf } from "./addresses";
import { tooLong } from "../../ui/tooLong";

const POLL_MS = 3000;
const MOST = 1000;

const word: Record<Fetch["state"], MessageKey> = {
  queued: "fetches.state.queued",
  running: "fetches.state.running",
  done: "fetches.state.done",
  failed: "fetches.state.failed",
  cancelled: "fetches.state.cancelled",
};

const isBusy = (fetch: Fetch) => fetch.state === "queued" || fetch.state === "running";

export function Fetches({ projectId, onDone }: { projectId: string; onDone: () => unknown }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const fetches = useInfiniteQuery(fetchesQuery(projectId));
  const items = itemsOf(fetches.data);
  const busy = items.filter(isBusy).length;
  const client = useQueryClient();

  useEffect(() => {
    if (busy === 0) return;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: keys.fetches(projectId) }), POLL_MS);
    return () => {
      clearInterval(timer);
      // One of them has ended: its video stands in the list from now on.
      onDone();
    };
  }, [busy, client, onDone, projectId]);

  if (!open && items.length === 0)
    return (
      <Group>
        <Button variant="default" onClick={() => setOpen(true)}>
          {t("fetches.open")}
        </Button>
      </Group>
    );
  return (
    <Panel title={t("fetches.title")}>
      <Stack gap="sm">
        <Form projectId={projectId} />
        {items.length === 0 ? null : (
          <Listing
            query={fetches}
            items={items}
            columns={[t("fetches.address"), t("state")]}
            actions
            spacing="xs"
            row={(fetch) => <Row key={fetch.id} fetch={fetch} projectId={projectId} />}
          />
        )}
      </Stack>
    </Panel>
  );
}

function Form({ projectId }: { projectId: string }) {
  const t = useT();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [dataset, setDataset] = useState("");
  const wanted = addressesOf(text);
  const begin = useMutation({
    mutationFn: () =>
      beginFetches(projectId, { addresses: wanted.map(({ address }) => address), source_dataset: dataset.trim() }),
    onSuccess: () => {
      setText("");
      return client.invalidateQueries({ queryKey: keys.fetches(projectId) });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  // The server names an address by its place in the list; the person sees lines.
  const problems = (begin.error ? asApiError(begin.error).errors : []).flatMap((error) => {
    const place = /^addresses\.(\d+)$/.exec(error.field);
    const line = place ? wanted[Number(place[1])]?.line : undefined;
    return line === undefined ? [] : [t("fetches.line", { line, message: error.message })];
  });
  return (
    <form onSubmit={send}>
      <Stack gap="xs">
        <Textarea
          label={t("fetches.addresses")}
          description={t("fetches.about")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={problems.length > 0 ? problems.map((problem) => <div key={problem}>{problem}</div>) : undefined}
          autosize
          minRows={3}
          maxRows={12}
          spellCheck={false}
          required
        />
        <Group align="end" justify="space-between">
          <TextInput
            label={t("fetches.dataset")}
            value={dataset}
            onChange={(event) => setDataset(event.currentTarget.value)}
            error={tooLong(dataset, 200)}
          />
          <Button type="submit" loading={begin.isPending} disabled={wanted.length === 0 || wanted.length > MOST}>
            {wanted.length === 0 ? t("fetches.beginNone") : t("fetches.begin", { count: wanted.length })}
          </Button>
        </Group>
        {wanted.length > MOST ? (
          <Text size="sm" c="var(--vg-bad)" role="alert">
            {t("fetches.tooMany", { most: MOST })}
          </Text>
        ) : null}
        {problems.length === 0 ? <FormError error={begin.error} /> : null}
      </Stack>
    </form>
  );
}

function Row({ fetch, projectId }: { fetch: Fetch; projectId: string }) {
  const t = useT();
  const client = useQueryClient();
  const after = { onSuccess: () => client.invalidateQueries({ queryKey: keys.fetches(projectId) }), onError: sayError };
  const cancel = useMutation({ mutationFn: (jobId: string) => cancelJob(jobId), ...after });
  const retry = useMutation({ mutationFn: () => retryFetch(fetch.id), ...after });
  const forget = useMutation({ mutationFn: () => forgetFetch(fetch.id), ...after });
  const { job_id: jobId, address } = fetch;
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {address}
        </Text>
        {fetch.found === null ? null : (
          <Text size="xs" c="dimmed">
            {t("fetches.found", { count: fetch.found })}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ minWidth: 220 }}>
        <StateBadge state={fetch.state} label={t(word[fetch.state])} />
        {fetch.state === "running" ? (
          <>
            <Progress value={fetch.progress * 100} mt={6} size="sm" aria-label={t("fetches.fetching", { address })} />
            <Text size="xs" c="dimmed" mt={4}>
              {told(fetch.message)} {formatNumber(fetch.progress * 100)} %
            </Text>
          </>
        ) : null}
        {fetch.reason ? (
          <Text size="xs" mt={4} c="var(--vg-bad)">
            {fetch.reason}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td ta="right">
        {isBusy(fetch) && jobId ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={cancel.isPending}
            aria-label={t("fetches.cancelNamed", { address })}
            onClick={() => cancel.mutate(jobId)}
          >
            {t("stop")}
          </Button>
        ) : null}
        {fetch.state === "failed" || fetch.state === "cancelled" ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={retry.isPending}
            aria-label={t("fetches.retryNamed", { address })}
            onClick={() => retry.mutate()}
          >
            {t("videos.tryAgain")}
          </Button>
        ) : null}{" "}
        {isBusy(fetch) ? null : (
          <Button
            size="compact-sm"
            variant="default"
            loading={forget.isPending}
            aria-label={t("fetches.forgetNamed", { address })}
            onClick={() => forget.mutate()}
          >
            {t("fetches.forget")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
