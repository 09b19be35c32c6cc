// What a webhook was told and is to be told: state, last answer, reason, and a button to send it again.
import { Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys } from "../../api/keys";
import type { Delivery, Webhook } from "../../api/types";
import { deliveriesQuery, resend } from "../../api/webhooks";
import { useT } from "../../i18n";
import { formatNumber, formatWhen } from "../../ui/format";
import { itemsOf, Listing } from "../../ui/Listing";
import { StateBadge } from "../../ui/StateBadge";
import { say, sayError } from "../../ui/toast";

const TONE = { waiting: "running", delivered: "done", parked: "failed" } as const;

export function Deliveries({ hook, name }: { readonly hook: Webhook; readonly name: string }) {
  const t = useT();
  const client = useQueryClient();
  const deliveries = useInfiniteQuery(deliveriesQuery(hook.id));
  const items = itemsOf(deliveries.data);
  // How the newest one went says how the webhook stands.
  const [newest] = items;
  const { project_id: project } = hook;
  useEffect(() => {
    void client.invalidateQueries({ queryKey: keys.webhooks(project) });
  }, [client, project, newest?.id, newest?.state, newest?.attempts]);
  const send = useMutation({
    mutationFn: (ids: string[] | null) => resend(hook.id, ids),
    onSuccess: ({ count }) => {
      say(t("hooks.resent", { count }));
      return client.invalidateQueries({ queryKey: keys.deliveries(hook.id) });
    },
    onError: sayError,
  });
  return (
    <Stack gap="xs" component="section" aria-label={t("hooks.deliveriesNamed", { name })}>
      {items.some((each) => each.state === "parked" && each.kind !== "ping") ? (
        <Group justify="flex-end">
          <Button size="compact-sm" variant="default" loading={send.isPending} onClick={() => send.mutate(null)}>
            {t("hooks.resendAll")}
          </Button>
        </Group>
      ) : null}
      <Listing
        query={deliveries}
        items={items}
        none={{ title: t("hooks.deliveriesNone"), next: t("hooks.deliveriesNoneNext") }}
        columns={[t("hooks.what"), t("state"), t("hooks.answer"), t("hooks.when")]}
        actions
        spacing="xs"
        minWidth={640}
        row={(each) => <Row key={each.id} delivery={each} busy={send.isPending} onSend={() => send.mutate([each.id])} />}
      />
    </Stack>
  );
}

interface RowProps {
  readonly delivery: Delivery;
  readonly busy: boolean;
  readonly onSend: () => void;
}

function Row({ delivery, busy, onSend }: RowProps) {
  const t = useT();
  const { state, kind, status, seconds, attempts, next_at: nextAt } = delivery;
  const what = t(`hooks.event.${kind}`);
  const when = formatWhen(delivery.created_at);
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm">{what}</Text>
        <Text size="xs" c="dimmed" ff="monospace">
          {delivery.id}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge state={TONE[state]} label={t(`hooks.delivery.${state}`)} />
        {nextAt && attempts > 0 ? (
          <Text size="xs" c="dimmed">
            {t("hooks.attempts", { count: attempts, when: formatWhen(nextAt) })}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td maw={360} style={{ overflowWrap: "anywhere" }}>
        {status === null ? null : <Text size="xs">{t("hooks.status", { status: String(status), seconds: formatNumber(seconds ?? 0, 2) })}</Text>}
        {delivery.reason && state !== "delivered" ? (
          <Text size="xs" c="var(--vg-bad)">
            {delivery.reason}
          </Text>
        ) : null}
        {delivery.answer ? <Code block>{delivery.answer}</Code> : null}
      </Table.Td>
      <Table.Td>
        <Text size="xs" c="dimmed">
          {when}
        </Text>
      </Table.Td>
      <Table.Td ta="right">
        {kind === "ping" || (state === "waiting" && attempts === 0) ? null : (
          <Button size="compact-xs" variant="default" disabled={busy} aria-label={t("hooks.resendNamed", { what, when })} onClick={onSend}>
            {t("hooks.resend")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
