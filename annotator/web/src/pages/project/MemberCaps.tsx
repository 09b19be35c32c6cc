// A member's skills, and caps of their own in place of the project's.
import { Button, Group, Modal, NumberInput, Stack, TagsInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { setMember } from "../../api/actions";
import { keys } from "../../api/keys";
import type { Member } from "../../api/types";
import { useT } from "../../i18n";
import { fieldError, FormError } from "../../ui/FormError";

interface Props {
  readonly projectId: string;
  readonly member: Member;
  /** Skills that others have: offered while typing. */
  readonly known: readonly string[];
}

export const capOf = (value: number | string): number | null => (value === "" ? null : Number(value));

export function MemberCaps({ projectId, member, known }: Props) {
  const t = useT();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [skills, setSkills] = useState<string[]>([]);
  const [leases, setLeases] = useState<number | null>(null);
  const [daily, setDaily] = useState<number | null>(null);
  const save = useMutation({
    mutationFn: () => setMember(projectId, member.user.id, { role: member.role, skills, cap_leases: leases, cap_daily: daily }),
    onSuccess: async () => {
      setOpened(false);
      await client.invalidateQueries({ queryKey: keys.members(projectId) });
    },
  });
  const open = () => {
    setSkills([...member.skills]);
    setLeases(member.cap_leases);
    setDaily(member.cap_daily);
    save.reset();
    setOpened(true);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const title = t("people.capsOf", { name: member.user.name });
  return (
    <>
      <Button size="compact-xs" variant="default" aria-label={title} onClick={open}>
        {t("people.caps")}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={title} closeButtonProps={{ "aria-label": t("close") }}>
        <form onSubmit={submit}>
          <Stack>
            <FormError error={save.error} fields={["skills", "cap_leases", "cap_daily"]} />
            <TagsInput
              label={t("people.skills")}
              description={t("people.skillsAbout")}
              data={[...known]}
              maxTags={20}
              value={skills}
              onChange={setSkills}
              error={fieldError(save.error, "skills")}
              data-autofocus
            />
            <NumberInput
              label={t("people.capLeases")}
              description={t("people.capAbout")}
              min={1}
              max={10_000}
              allowDecimal={false}
              value={leases ?? ""}
              onChange={(value) => setLeases(capOf(value))}
              error={fieldError(save.error, "cap_leases")}
            />
            <NumberInput
              label={t("people.capDaily")}
              description={t("people.capAbout")}
              min={1}
              max={10_000}
              allowDecimal={false}
              value={daily ?? ""}
              onChange={(value) => setDaily(capOf(value))}
              error={fieldError(save.error, "cap_daily")}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setOpened(false)}>
                {t("cancel")}
              </Button>
              <Button type="submit" loading={save.isPending}>
                {t("save")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
