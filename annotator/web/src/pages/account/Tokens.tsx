// Personal access tokens: made once, shown once, revoked at any time.
import { Alert, Button, Checkbox, Code, CopyButton, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { makeToken, revokeToken } from "../../api/actions";
import { keys } from "../../api/keys";
import { tokensQuery } from "../../api/queries";
import type { Token } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";
import { formatWhen } from "../../ui/format";
import { Rows } from "../../ui/Listing";
import { Empty, Loaded, Panel } from "../../ui/Page";
import { sayError } from "../../ui/toast";
import { tooLong } from "../../ui/tooLong";

export function Tokens() {
  const t = useT();
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  return (
    <Panel
      title={t("tokens.title")}
      actions={
        <Button size="xs" variant="default" onClick={() => setMaking(true)}>
          {t("tokens.make")}
        </Button>
      }
    >
      <Loaded query={tokens} rows={1}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("tokens.none")} next={t("tokens.noneNext")} />
          ) : (
            <TokenTable tokens={page.items} />
          )
        }
      </Loaded>
      <MakeToken opened={making} onClose={() => setMaking(false)} />
    </Panel>
  );
}

function TokenTable({ tokens }: { tokens: readonly Token[] }) {
  const t = useT();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: revokeToken,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
    onError: sayError,
  });
  return (
    <Rows
      columns={[t("tokens.name"), t("tokens.begins"), t("tokens.scopes"), t("tokens.used"), t("tokens.expires")]}
      spacing="xs"
      actions
    >
      {tokens.map((token) => (
        <Table.Tr key={token.id}>
          <Table.Td>{token.name}</Table.Td>
          <Table.Td>
            <Code>{token.prefix}…</Code>
          </Table.Td>
          <Table.Td>{token.scopes.map((scope) => t(`tokens.scope.${scope}`)).join(", ")}</Table.Td>
          <Table.Td>{token.last_used_at ? formatWhen(token.last_used_at) : t("never")}</Table.Td>
          <Table.Td>{token.expires_at ? formatWhen(token.expires_at) : t("never")}</Table.Td>
          <Table.Td ta="right">
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t("tokens.revokeNamed", { name: token.name })}
              onClick={() => revoke.mutate(token.id)}
            >
              {t("tokens.revoke")}
            </Button>
          </Table.Td>
        </Table.Tr>
      ))}
    </Rows>
  );
}

const DAYS = ["30", "90", "365", ""] as const;

function MakeToken({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [writes, setWrites] = useState(false);
  const [days, setDays] = useState<string>("90");
  const make = useMutation({
    mutationFn: () =>
      makeToken({
        name: name.trim(),
        scopes: writes ? ["read", "write"] : ["read"],
        expires_at: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null,
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tokens }),
  });
  const close = () => {
    make.reset();
    setName("");
    onClose();
  };
  return (
    <Dialog opened={opened} onClose={close} title={t("tokens.make")}>
      {make.data ? (
        <Stack>
          <Alert color="teal">{t("tokens.once")}</Alert>
          <Code block>{make.data.token}</Code>
          <Group justify="flex-end">
            <CopyButton value={make.data.token}>
              {({ copied, copy }) => <Button onClick={copy}>{t(copied ? "copied" : "copy")}</Button>}
            </CopyButton>
            <Button variant="default" onClick={close}>
              {t("close")}
            </Button>
          </Group>
        </Stack>
      ) : (
        <Form send={make} fields={["name", "scopes", "expires_at"]} label={t("tokens.make")}>
          <Text size="sm" c="dimmed">
            {t("tokens.about")}
          </Text>
          <TextInput
            label={t("tokens.name")}
            placeholder={t("tokens.namePlaceholder")}
            required
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={tooLong(name, 120) ?? fieldError(make.error, "name")}
          />
          <Checkbox
            label={t("tokens.writes")}
            checked={writes}
            onChange={(event) => setWrites(event.currentTarget.checked)}
            error={fieldError(make.error, "scopes")}
          />
          <Select
            label={t("tokens.expires")}
            allowDeselect={false}
            value={days}
            onChange={(chosen) => setDays(chosen ?? "")}
            error={fieldError(make.error, "expires_at")}
            data={DAYS.map((count) => ({ value: count, label: count ? t("tokens.days", { days: Number(count) }) : t("never") }))}
          />
        </Form>
      )}
    </Dialog>
  );
}
