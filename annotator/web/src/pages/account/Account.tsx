// Account: name, password, look, access tokens, and signing out everywhere.
import { Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { changeMe, changePassword, logOutEverywhere } from "../../api/actions";
import { keys } from "../../api/keys";
import { meQuery } from "../../api/queries";
import type { Me } from "../../api/types";
import { useT } from "../../i18n";
import { fieldError, FormError } from "../../ui/FormError";
import { Loaded, Page, Panel } from "../../ui/Page";
import { say, sayError } from "../../ui/toast";
import { Tokens } from "./Tokens";
import { tooLong } from "../../ui/tooLong";

export function Account() {
  const t = useT();
  const me = useQuery(meQuery);
  return (
    <Page title={t("account.title")}>
      <Loaded query={me}>
        {(person) => (
          <Stack>
            <Name me={person} />
            <Password />
            <Tokens />
            <Sessions />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Name({ me }: { me: Me }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState(me.name);
  const save = useMutation({
    mutationFn: () => changeMe({ name: name.trim() }),
    onSuccess: (fresh) => {
      client.setQueryData(keys.me, fresh);
      say(t("saved"));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Panel title={t("account.profile")}>
      <form onSubmit={submit}>
        <FormError error={save.error} fields={["name"]} />
        <Group align="flex-end">
          <TextInput label={t("login.email")} value={me.email} readOnly w={280} />
          <TextInput
            label={t("account.name")}
            value={name}
            required
            w={280}
            onChange={(event) => setName(event.currentTarget.value)}
            error={tooLong(name, 120) ?? fieldError(save.error, "name")}
          />
          <Button type="submit" variant="default" loading={save.isPending} disabled={name.trim() === me.name}>
            {t("save")}
          </Button>
        </Group>
      </form>
    </Panel>
  );
}

function Password() {
  const t = useT();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const change = useMutation({
    mutationFn: () => changePassword({ current, new: fresh }),
    onSuccess: () => {
      setCurrent("");
      setFresh("");
      say(t("account.passwordChanged"));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Panel title={t("account.password")}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <FormError error={change.error} fields={["current", "new"]} />
          <Group align="flex-start">
            <PasswordInput
              label={t("account.currentPassword")}
              autoComplete="current-password"
              value={current}
              required
              w={280}
              onChange={(event) => setCurrent(event.currentTarget.value)}
              error={fieldError(change.error, "current")}
            />
            <PasswordInput
              label={t("account.newPassword")}
              description={t("account.passwordRule")}
              autoComplete="new-password"
              value={fresh}
              required
              w={280}
              onChange={(event) => setFresh(event.currentTarget.value)}
              error={fieldError(change.error, "new")}
            />
            <Button type="submit" variant="default" mt={25} loading={change.isPending}>
              {t("account.changePassword")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function Sessions() {
  const t = useT();
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: logOutEverywhere,
    onSuccess: async () => {
      client.clear();
      await navigate({ to: "/login" });
    },
    onError: sayError,
  });
  return (
    <Panel title={t("account.sessions")}>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={620}>
          {t("account.sessionsAbout")}
        </Text>
        <Button variant="default" loading={leave.isPending} onClick={() => leave.mutate()}>
          {t("account.logoutEverywhere")}
        </Button>
      </Group>
    </Panel>
  );
}
