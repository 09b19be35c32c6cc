// What a release was asked to hold: each condition of its rule that is one, in words, and how it was split.
import { List } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { membersQuery, releasesQuery } from "../../api/queries";
import type { Release, ReleaseRule } from "../../api/types";
import { useT } from "../../i18n";
import { formatShare } from "../../ui/format";
import { Panel } from "../../ui/Page";
import { conditions } from "./asked";

export function ReleaseAsked({ release }: { release: Release }) {
  const t = useT();
  const members = useQuery(membersQuery(release.project_id)).data?.items ?? [];
  const releases = useQuery(releasesQuery(release.project_id)).data?.items ?? [];
  const names = new Map(members.map(({ user }) => [user.id, user.name]));
  const told = conditions(release.rule as ReleaseRule, t, (id) => names.get(id) ?? id.slice(-8));
  if (release.since_id) {
    const number = releases.find(({ id }) => id === release.since_id)?.number;
    told.push(number === undefined ? t("release.sinceUnknown") : t("release.since", { number }));
  }
  if (told.length === 0) told.push(t("release.everything"));
  return (
    <Panel title={t("release.asked")}>
      <List size="sm">
        {told.map((each) => (
          <List.Item key={each}>{each}</List.Item>
        ))}
        <List.Item>{t("release.heldOut", { share: formatShare(release.test_share) })}</List.Item>
        {release.split_by_annotator ? <List.Item>{t("releases.byAnnotator")}</List.Item> : null}
      </List>
    </Panel>
  );
}
