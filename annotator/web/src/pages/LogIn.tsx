// Log-in; in demo mode the demo's people are one click away.
import { Button, Divider, PasswordInput, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { changeMe, logIn } from "../api/actions";
import { keys } from "../api/keys";
import { systemQuery } from "../api/queries";
import { useLocale, useT } from "../i18n";
import { fieldError, FormError } from "../ui/FormError";
import { Front } from "../ui/Front";
import { sayError } from "../ui/toast";
import classes from "./LogIn.module.css";

/** Only addresses of this app: `//evil.example` is an address of another one. */
const safeNext = (next: string | undefined) => (next && /^\/(?![/\\])/.test(next) ? next : "/");

export function LogIn() {
  const t = useT();
  const client = useQueryClient();
  const router = useRouter();
  const { next } = useSearch({ from: "/login" });
  const { data: system } = useQuery(systemQuery);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const enter = useMutation({
    mutationFn: logIn,
    meta: { signsIn: true },
    onSuccess: async (me) => {
      client.clear();
      const { locale, chosen } = useLocale.getState();
      client.setQueryData(keys.me, chosen ? { ...me, locale } : me);
      if (chosen && me.locale !== locale) changeMe({ locale }).catch(sayError);
      router.history.push(safeNext(next));
      await router.invalidate();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate({ email: email.trim(), password });
  };
  const demo = system?.demo_accounts ?? [];
  return (
    <Front title={t("login.title")}>
      <form onSubmit={submit}>
        <Stack>
          <FormError error={enter.error} fields={["email", "password"]} />
          <TextInput
            label={t("login.email")}
            type="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={fieldError(enter.error, "email")}
          />
          <PasswordInput
            label={t("login.password")}
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={fieldError(enter.error, "password")}
          />
          <Button type="submit" loading={enter.isPending}>
            {t("login.submit")}
          </Button>
          <Text size="xs" c="dimmed">
            {t("login.invitationOnly")}
          </Text>
        </Stack>
      </form>
      {demo.length > 0 ? (
        <section aria-label={t("login.demo")}>
          <Divider my="md" label={t("login.demo")} />
          <div className={classes["people"]}>
            {demo.map((account) => (
              <UnstyledButton
                key={account.email}
                className={classes["person"] ?? ""}
                disabled={enter.isPending}
                onClick={() => enter.mutate({ email: account.email, password: account.password })}
              >
                <span className={classes["name"]}>{account.name}</span>
                <span className={classes["role"]}>{account.role}</span>
              </UnstyledButton>
            ))}
          </div>
        </section>
      ) : null}
    </Front>
  );
}
