// The components and tokens of the app on one page, for whoever builds a screen: colours, type, states, what they mean.
import { Button, Checkbox, Group, NumberInput, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useT } from "../i18n";
import { Empty, Page, Panel } from "../ui/Page";
import { StateBadge } from "../ui/StateBadge";
import { COLORS } from "../workbench/colors";
import classes from "./Look.module.css";

const SURFACES = ["bg", "panel", "raised", "hover", "stage"] as const;
const TONES = ["accent", "good", "warn", "bad"] as const;

export function Look() {
  const t = useT();
  return (
    <Page title={t("look.title")} about={t("look.about")}>
      <Stack gap="md">
        <Panel title={t("look.surfaces")}>
          <ul className={classes["row"]}>
            {SURFACES.map((name) => (
              <li key={name} style={{ background: `var(--vg-${name})`, color: name === "stage" ? "#eef0f2" : undefined }}>
                --vg-{name}
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title={t("look.tones")}>
          <ul className={classes["row"]}>
            {TONES.map((name) => (
              <li key={name} style={{ background: `var(--vg-${name}-soft)`, color: name === "accent" ? "var(--vg-text)" : `var(--vg-${name})` }}>
                --vg-{name}
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title={t("look.subjects")}>
          <ul className={classes["row"]}>
            {COLORS.map((color, place) => (
              <li key={color} style={{ background: color, color: "#08131d" }}>
                {place + 1} · {color}
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title={t("look.buttons")}>
          <Group>
            <Button>{t("save")}</Button>
            <Button variant="default">{t("cancel")}</Button>
            <Button variant="subtle" color="gray">
              {t("clear")}
            </Button>
            <Button color="red">{t("remove")}</Button>
            <Button disabled>{t("save")}</Button>
            <Button loading>{t("save")}</Button>
          </Group>
        </Panel>
        <Panel title={t("look.states")}>
          <Group>
            {(["ready", "leased", "submitted", "accepted", "failed", "return", "closed"] as const).map((state) => (
              <StateBadge key={state} state={state} label={state} />
            ))}
          </Group>
        </Panel>
        <Panel title={t("look.fields")}>
          <Group align="flex-start" grow>
            <TextInput label={t("account.name")} defaultValue="Ann" />
            <TextInput label={t("account.name")} defaultValue="<|eot|>" error={t("wb.check.controlToken", { text: "<|eot|>" })} />
            <NumberInput label={t("wb.reaction.value")} defaultValue={250} />
            <Textarea label={t("notes.text")} placeholder={t("notes.placeholder")} />
          </Group>
          <Group mt="sm">
            <Checkbox label={t("fgqa.optionChecked")} defaultChecked />
            <Radio label={t("notes.whole")} defaultChecked />
          </Group>
        </Panel>
        <Panel title={t("look.type")}>
          <Text fz={26} fw={650}>
            26 / 650
          </Text>
          <Text fw={600}>16 / 600</Text>
          <Text size="sm">14</Text>
          <Text size="xs" c="dimmed">
            12 · --vg-dim
          </Text>
          <Text ff="monospace" size="sm">
            picture 24 / 288 · 0.801 s
          </Text>
        </Panel>
        <Panel title={t("look.empty")}>
          <Empty title={t("quality.none")} next={t("quality.noneNext")} action={<Button variant="default">{t("open")}</Button>} />
        </Panel>
      </Stack>
    </Page>
  );
}
