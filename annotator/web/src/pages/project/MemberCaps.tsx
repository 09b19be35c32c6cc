// A member's skills, and caps of their own in place of the project's.
import { Button, TagsInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { setMember } from "../../api/actions";
import { keys } from "../../api/keys";
import type { Member } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { fieldError } from "../../ui/FormError";
import { CapInput } from "./fields";

interface Props {
  readonly projectId: string;
  readonly member: Member;
  /** Skills that others have: offered while typing. */
  readonly known: readonly string[];
}

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
  const title = t("people.capsOf", { name: member.user.name });
  return (
    <>
      <Button size="compact-xs" variant="default" aria-label={title} onClick={open}>
        {t("people.caps")}
      </Button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title={title}>
        <Form send={save} fields={["skills", "cap_leases", "cap_daily"]} label={t("save")} onCancel={() => setOpened(false)}>
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
          <CapInput
            label={t("people.capLeases")}
            description={t("people.capAbout")}
            value={leases}
            onChange={setLeases}
            error={fieldError(save.error, "cap_leases")}
          />
          <CapInput
            label={t("people.capDaily")}
            description={t("people.capAbout")}
            value={daily}
            onChange={setDaily}
            error={fieldError(save.error, "cap_daily")}
          />
        </Form>
      </Dialog>
    </>
  );
}
