// Who works in this project and as what.
import { Autocomplete, Badge, Button, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { addMember, removeMember, setMember } from "../../api/actions";
import { keys } from "../../api/keys";
import { meQuery, membersQuery, usersQuery } from "../../api/queries";
import type { Member, Project, Role } from "../../api/types";
import { useT } from "../../i18n";
import { fieldError, FormError } from "../../ui/FormError";
import { TextLink } from "../../ui/links";
import { Listing } from "../../ui/Listing";
import { Panel } from "../../ui/Page";
import { say, sayError } from "../../ui/toast";
import { roleWord } from "../words";
import { MemberCaps } from "./MemberCaps";
import { useProject } from "./ProjectFrame";

const ROLES = Object.keys(roleWord) as Role[];
const asRole = (text: string | null): Role => ROLES.find((role) => role === text) ?? "annotator";

export function People() {
  const t = useT();
  const project = useProject();
  const members = useQuery(membersQuery(project.id));
  return (
    <Stack>
      <Add project={project} members={members.data?.items ?? []} />
      <Listing
        query={members}
        items={members.data?.items ?? []}
        none={{ title: t("people.none"), next: t("people.noneNext") }}
        columns={[t("account.name"), t("login.email"), t("people.role"), t("people.caps")]}
        actions
        row={(member) => (
          <Row key={member.user.id} project={project} member={member} known={skillsOf(members.data?.items ?? [])} />
        )}
      />
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
  const { data: me } = useQuery(meQuery);
  // Only an administrator may list everybody: for leads the field offers nothing, and the whole address is needed.
  const users = useQuery({ ...usersQuery, enabled: me?.is_admin === true });
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("annotator");
  const add = useMutation({
    mutationFn: () => addMember(project.id, { email: email.trim(), role }),
    onSuccess: async ({ user }) => {
      say(t("people.added", { name: user.name }));
      setEmail("");
      await client.invalidateQueries({ queryKey: keys.members(project.id) });
    },
  });
  const inside = new Set(members.map((member) => member.user.id));
  const others = (users.data?.items ?? []).filter((person) => person.active && !inside.has(person.id));
  const names = new Map(others.map((person) => [person.email, person.name]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  const field = {
    label: t("login.email"),
    description: t(me?.is_admin ? "people.addAboutAdmin" : "people.addAbout"),
    type: "email",
    required: true,
    w: 360,
    value: email,
    error: fieldError(add.error, "email"),
  };
  return (
    <Panel title={t("people.add")}>
      <form onSubmit={submit}>
        <FormError error={add.error} fields={["email", "role"]} />
        <Group align="flex-start">
          {me?.is_admin ? (
            <Autocomplete
              {...field}
              onChange={setEmail}
              data={[...names.keys()]}
              filter={({ options, search }) => {
                const wanted = search.trim().toLowerCase();
                return options.filter((option) => "value" in option && `${names.get(option.value)} ${option.value}`.toLowerCase().includes(wanted));
              }}
              renderOption={({ option }) => `${names.get(option.value) ?? ""} · ${option.value}`}
            />
          ) : (
            <TextInput {...field} onChange={(event) => setEmail(event.currentTarget.value)} />
          )}
          <Select
            label={t("people.role")}
            w={160}
            allowDeselect={false}
            value={role}
            onChange={(chosen) => setRole(asRole(chosen))}
            data={ROLES.map((name) => ({ value: name, label: t(roleWord[name]) }))}
            error={fieldError(add.error, "role")}
          />
          <Button type="submit" mt={25} loading={add.isPending}>
            {t("add")}
          </Button>
          {me?.is_admin ? (
            <TextLink to="/users" size="sm" mt={34}>
              {t("people.invite")}
            </TextLink>
          ) : null}
        </Group>
      </form>
    </Panel>
  );
}
