// The log-in has expired while somebody works: ask for the password over the page, then go on.
import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { logIn } from "../api/actions";
import { asApiError } from "../api/error";
import { keys } from "../api/keys";
import { useExpired } from "../api/queryClient";
import type { Me } from "../api/types";
import { useT } from "../i18n";

export function LogInAgain() {
  const t = useT();
  const client = useQueryClient();
  const expired = useExpired((state) => state.expired);
  const [password, setPassword] = useState("");
  const me = client.getQueryData<Me>(keys.me);
  const again = useMutation({
    mutationFn: () => logIn({ email: me?.email ?? "", password }),
    meta: { signsIn: true },
    onSuccess: async (fresh) => {
      client.setQueryData(keys.me, fresh);
      setPassword("");
      useExpired.setState({ expired: false });
      await client.invalidateQueries();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    again.mutate();
  };
  return (
    <Modal opened={expired && me !== undefined} onClose={() => undefined} withCloseButton={false} title={t("again.title")} centered>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t("again.about", { email: me?.email ?? "" })}</Text>
          <PasswordInput
            label={t("login.password")}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={again.error ? asApiError(again.error).message : undefined}
            autoComplete="current-password"
            data-autofocus
            required
          />
          <Group justify="flex-end">
            <Button variant="default" component="a" href="/login">
              {t("again.other")}
            </Button>
            <Button type="submit" loading={again.isPending}>
              {t("login.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
