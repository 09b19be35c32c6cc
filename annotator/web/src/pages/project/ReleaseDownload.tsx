// The whole release by one command that checks every byte: hundreds of files are nothing for a browser to save.
import { Button, Code, CopyButton, Group, Text } from "@mantine/core";
import { useT } from "../../i18n";
import { Panel } from "../../ui/Page";

export function ReleaseDownload({ releaseId, number }: { releaseId: string; number: number }) {
  const t = useT();
  const command = `vidgrain release download ${location.origin} ${releaseId} --to release-${number}`;
  return (
    <Panel title={t("release.download")}>
      <Group gap="sm" align="center">
        <Code style={{ overflowWrap: "anywhere" }}>{command}</Code>
        <CopyButton value={command}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {t(copied ? "copied" : "copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Text size="xs" c="dimmed" mt="xs">
        {t("release.downloadAbout")}
      </Text>
    </Panel>
  );
}
