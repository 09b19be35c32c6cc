// People and invitations (admin): invite, reset a password, deactivate. Links are shown once, to be handed over.
import { Alert, Badge, Button, Checkbox, Code, CopyButton, Group, Menu, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeUser, inviteUser, resetUser } from "../../api/actions";
import { keys } from "../../api/keys";
import { meQuery, usersQuery } from "../../api/queries";
import type { User } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";
import { formatWhen } from "../../ui/format";
import { Listing } from "../../ui/Listing";
import { Page } from "../../ui/Page";
import { StateBadge } from "../../ui/StateBadge";
import { sayError } from "../../ui/toast";
import { tooLong } from "../../ui/tooLong";

interface Link {
  name: string;
  url: string;
}

export function Users() {
  const t = useT();
  const users = useQuery(usersQuery);
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<Link | null>(null);
  return (
    <Page
      title={t("users.title")}
      about={t("users.about")}
      actions={<Button onClick={() => setInviting(true)}>{t("users.invite")}</Button>}
    >
      <Listing
        query={users}
        items={users.data?.items ?? []}
        none={{ title: t("users.none"), next: t("users.noneNext") }}
        columns={[t("account.name"), t("login.email"), t("state"), t("users.since")]}
        actions
        row={(user) => <Row key={user.id} user={user} onLink={setLink} />}
      />
      <Invite
        opened={inviting}
        onClose={() => setInviting(false)}
        onLink={(made) => {
          setInviting(false);
          setLink(made);
        }}
      />
      <ShowLink link={link} onClose={() => setLink(null)} />
    </Page>
  );
}

function Row({ user, onLink }: { user: User; onLink: (link: Link) => void }) {
  const t = useT();
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const change = useMutation({
    mutationFn: (part: { is_admin?: boolean; active?: boolean }) => changeUser(user.id, part),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.users }),
    onError: sayError,
  });
  const reset = useMutation({
    mutationFn: () => resetUser(user.id),
    onSuccess: ({ invitation_url }) => onLink({ name: user.name, url: invitation_url }),
    onError: sayError,
  });
  const self = me?.id === user.id;
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          {user.name}
          {user.is_admin ? (
            <Badge variant="default" tt="none" fw={500}>
              {t("role.admin")}
            </Badge>
          ) : null}
        </Group>
      </Table.Td>
      <Table.Td>{user.email}</Table.Td>
      <Table.Td>
        <StateBadge state={user.active ? "ready" : "off"} label={t(user.active ? "users.active" : "users.inactive")} />
      </Table.Td>
      <Table.Td>{formatWhen(user.created_at)}</Table.Td>
      <Table.Td ta="right">
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              size="compact-sm"
              variant="default"
              loading={change.isPending || reset.isPending}
              aria-label={t("users.actionsFor", { name: user.name })}
            >
              ⋯
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => reset.mutate()}>{t("users.reset")}</Menu.Item>
            <Menu.Item disabled={self} onClick={() => change.mutate({ is_admin: !user.is_admin })}>
              {t(user.is_admin ? "users.noAdmin" : "users.makeAdmin")}
            </Menu.Item>
            <Menu.Item disabled={self} onClick={() => change.mutate({ active: !user.active })}>
              {t(user.active ? "users.deactivate" : "users.activate")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

function Invite({ opened, onClose, onLink }: { opened: boolean; onClose: () => void; onLink: (link: Link) => void }) {
  const t = useT();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [admin, setAdmin] = useState(false);
  const invite = useMutation({
    mutationFn: () => inviteUser({ email: email.trim(), name: name.trim(), is_admin: admin }),
    onSuccess: async ({ user, invitation_url }) => {
      setEmail("");
      setName("");
      setAdmin(false);
      await client.invalidateQueries({ queryKey: keys.users });
      onLink({ name: user.name, url: invitation_url });
    },
  });
  return (
    <Dialog opened={opened} onClose={onClose} title={t("users.invite")}>
      <Form send={invite} fields={["email", "name"]} label={t("users.makeLink")}>
        <Text size="sm" c="dimmed">
          {t("users.inviteAbout")}
        </Text>
        <TextInput
          label={t("login.email")}
          type="email"
          required
          data-autofocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={fieldError(invite.error, "email")}
        />
        <TextInput
          label={t("account.name")}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={tooLong(name, 120) ?? fieldError(invite.error, "name")}
        />
        <Checkbox label={t("users.asAdmin")} checked={admin} onChange={(event) => setAdmin(event.currentTarget.checked)} />
      </Form>
    </Dialog>
  );
}

function ShowLink({ link, onClose }: { link: Link | null; onClose: () => void }) {
  const t = useT();
  const address = link ? new URL(link.url, location.origin).href : "";
  return (
    <Dialog opened={link !== null} onClose={onClose} title={t("users.link")} size="lg">
      <Stack>
        <Alert color="teal">{t("users.linkAbout", { name: link?.name ?? "" })}</Alert>
        <Code block>{address}</Code>
        <Group justify="flex-end">
          <CopyButton value={address}>
            {({ copied, copy }) => (
              <Button onClick={copy} data-autofocus>
                {t(copied ? "copied" : "copy")}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Dialog>
  );
}
