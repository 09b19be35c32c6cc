// Who works in this project and as what.
import { Badge, Button, Group, Select, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { removeMember, setMember } from "../../api/actions";
import { keys } from "../../api/keys";
import { meQuery, membersQuery, usersQuery } from "../../api/queries";
import type { Member, Project, Role } from "../../api/types";
import { useT } from "../../i18n";
import { FormError } from "../../ui/FormError";
import { TextLink } from "../../ui/links";
import { Empty, Loaded, Panel } from "../../ui/Page";
import { sayError } from "../../ui/toast";
import { roleWord } from "../words";
import { MemberCaps } from "./MemberCaps";
import { useProject } from "./ProjectFrame";

const ROLES = Object.keys(roleWord) as Role[];
const asRole = (text: string | null): Role => ROLES.find((role) => role === text) ?? "annotator";

export function People() {
  const t = useT();
  const project = useProject();
  const { data: me } = useQuery(meQuery);
  const members = useQuery(membersQuery(project.id));
  return (
    <Stack>
      {me?.is_admin ? <Add project={project} members={members.data?.items ?? []} /> : null}
      <Loaded query={members}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title={t("people.none")} next={t(me?.is_admin ? "people.noneAdmin" : "people.noneLead")} />
          ) : (
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("account.name")}</Table.Th>
                  <Table.Th>{t("login.email")}</Table.Th>
                  <Table.Th>{t("people.role")}</Table.Th>
                  <Table.Th>{t("people.caps")}</Table.Th>
                  <Table.Th>
                    <span className="vg-visually-hidden">{t("actions")}</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {page.items.map((member) => (
                  <Row key={member.user.id} project={project} member={member} known={skillsOf(page.items)} />
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
      {me?.is_admin ? null : (
        <Text size="sm" c="dimmed">
          {t("people.noneLead")}
        </Text>
      )}
    </Stack>
  );
}

const skillsOf = (members: readonly Member[]) => [...new Set(members.flatMap((member) => member.skills))].sort();

function Row({ project, member, known }: { project: Project; member: Member; known: readonly string[] }) {
  const t = useT();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: keys.members(project.id) });
  const change = useMutation({
    mutationFn: (role: Role) => setMember(project.id, member.user.id, { role }),
    onSuccess: refresh,
    onError: sayError,
  });
  const remove = useMutation({
    mutationFn: () => removeMember(project.id, member.user.id),
    onSuccess: refresh,
    onError: sayError,
  });
  return (
    <Table.Tr>
      <Table.Td>{member.user.name}</Table.Td>
      <Table.Td>{member.user.email}</Table.Td>
      <Table.Td>
        <Select
          aria-label={t("people.roleOf", { name: member.user.name })}
          size="xs"
          w={150}
          allowDeselect={false}
          value={member.role}
          disabled={change.isPending}
          onChange={(role) => change.mutate(asRole(role))}
          data={ROLES.map((role) => ({ value: role, label: t(roleWord[role]) }))}
        />
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          {member.skills.map((skill) => (
            <Badge key={skill} size="sm" variant="light" color="grape">
              {skill}
            </Badge>
          ))}
        </Group>
        {member.cap_leases !== null || member.cap_daily !== null ? (
          <Text size="xs" c="dimmed">
            {t("people.capsShort", {
              leases: member.cap_leases ?? t("people.asProject"),
              daily: member.cap_daily ?? t("people.asProject"),
            })}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        <MemberCaps projectId={project.id} member={member} known={known} />{" "}
        <Button
          size="compact-xs"
          variant="default"
          loading={remove.isPending}
          aria-label={t("people.removeNamed", { name: member.user.name })}
          onClick={() => remove.mutate()}
        >
          {t("remove")}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function Add({ project, members }: { project: Project; members: readonly Member[] }) {
  const t = useT();
  const client = useQueryClient();
  const users = useQuery(usersQuery);
  const [user, setUser] = useState<string | null>(null);
  const [role, setRole] = useState<Role>("annotator");
  const add = useMutation({
    mutationFn: (userId: string) => setMember(project.id, userId, { role }),
    onSuccess: async () => {
      setUser(null);
      await client.invalidateQueries({ queryKey: keys.members(project.id) });
    },
  });
  const inside = new Set(members.map((member) => member.user.id));
  const choices = (users.data?.items ?? []).filter((person) => person.active && !inside.has(person.id));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (user) add.mutate(user);
  };
  return (
    <Panel title={t("people.add")}>
      <form onSubmit={submit}>
        <FormError error={add.error} />
        <Group align="flex-end">
          <Select
            label={t("people.person")}
            w={320}
            searchable
            value={user}
            onChange={setUser}
            placeholder={t(choices.length ? "people.choose" : "people.everybody")}
            nothingFoundMessage={t("people.notFound")}
            data={choices.map((person) => ({ value: person.id, label: `${person.name} · ${person.email}` }))}
          />
          <Select
            label={t("people.role")}
            w={160}
            allowDeselect={false}
            value={role}
            onChange={(chosen) => setRole(asRole(chosen))}
            data={ROLES.map((name) => ({ value: name, label: t(roleWord[name]) }))}
          />
          <Button type="submit" disabled={!user} loading={add.isPending}>
            {t("add")}
          </Button>
          <TextLink to="/users" size="sm" pb={8}>
            {t("people.invite")}
          </TextLink>
        </Group>
      </form>
    </Panel>
  );
}
