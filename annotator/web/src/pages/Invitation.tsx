// A one-time link: choose a password, and a name when it is the first time.
import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { acceptInvitation } from "../api/actions";
import { asApiError } from "../api/error";
import { keys } from "../api/keys";
import { invitationQuery } from "../api/queries";
import type { Invitation as Invited } from "../api/types";
import { useT } from "../i18n";
import { fieldError, FormError } from "../ui/FormError";
import { Front } from "../ui/Front";
import { Loaded } from "../ui/Page";
import { tooLong } from "../ui/tooLong";

export function Invitation() {
  const t = useT();
  const { token } = useParams({ from: "/invitation/$token" });
  const query = useQuery(invitationQuery(token));
  const gone = query.error && [404, 410, 409].includes(asApiError(query.error).status);
  return (
    <Front title={t(query.data?.purpose === "reset" ? "invitation.resetTitle" : "invitation.title")}>
      {gone ? (
        <Alert color="yellow" role="alert">
          {t("invitation.gone")} <Anchor href="/login">{t("login.title")}</Anchor>
        </Alert>
      ) : (
        <Loaded query={query}>{(invited) => <Form token={token} invited={invited} />}</Loaded>
      )}
    </Front>
  );
}

function Form({ token, invited }: { token: string; invited: Invited }) {
  const t = useT();
  const client = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState(invited.name);
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const differs = again !== "" && again !== password;
  const accept = useMutation({
    mutationFn: () => acceptInvitation(token, { name: name.trim(), password }),
    meta: { signsIn: true },
    onSuccess: async (me) => {
      client.clear();
      client.setQueryData(keys.me, me);
      router.history.push("/");
      await router.invalidate();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password === again) accept.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{t("invitation.about", { email: invited.email })}</Text>
        <FormError error={accept.error} fields={["name", "password"]} />
        <TextInput
          label={t("account.name")}
          autoComplete="name"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={tooLong(name, 120) ?? fieldError(accept.error, "name")}
        />
        <PasswordInput
          label={t("account.newPassword")}
          description={t("account.passwordRule")}
          autoComplete="new-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={fieldError(accept.error, "password")}
        />
        <PasswordInput
          label={t("account.passwordAgain")}
          autoComplete="new-password"
          required
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={differs ? t("account.passwordsDiffer") : undefined}
        />
        <Button type="submit" loading={accept.isPending} disabled={differs}>
          {t("invitation.submit")}
        </Button>
      </Stack>
    </form>
  );
}
