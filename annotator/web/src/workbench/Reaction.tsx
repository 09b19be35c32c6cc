/** The person's reaction time: set by hand, or measured by pressing a key when a light comes on. */

import { Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";

import { useT } from "../i18n";
import { Dialog } from "../ui/Dialog";
import { usePreferences } from "../ui/preferences";
import { medianReaction, ROUNDS } from "./reaction";

type Phase = { readonly kind: "rest" } | { readonly kind: "dark" } | { readonly kind: "light"; readonly at: number };

export function Reaction({ onClose }: { readonly onClose: () => void }): ReactNode {
  const t = useT();
  const { preferences, change } = usePreferences();
  const [typed, setTyped] = useState<number | string>(preferences.reaction_ms);
  const [phase, setPhase] = useState<Phase>({ kind: "rest" });
  const [times, setTimes] = useState<readonly number[]>([]);
  const valid = typeof typed === "number" && Number.isInteger(typed) && typed >= 0 && typed <= 1000;
  useEffect(() => {
    if (phase.kind !== "dark") return undefined;
    const timer = setTimeout(() => { setPhase({ kind: "light", at: performance.now() }); }, 900 + Math.random() * 1600);
    return () => { clearTimeout(timer); };
  }, [phase]);
  useEffect(() => {
    if (phase.kind === "rest") return undefined;
    const press = (event: KeyboardEvent): void => {
      if (event.code !== "Space" && event.code !== "KeyA") return;
      event.preventDefault();
      event.stopPropagation();
      if (event.repeat || phase.kind !== "light") return;
      const all = [...times, performance.now() - phase.at];
      setTimes(all);
      if (all.length < ROUNDS) setPhase({ kind: "dark" });
      else {
        setTyped(medianReaction(all));
        setPhase({ kind: "rest" });
      }
    };
    window.addEventListener("keydown", press, { capture: true });
    return () => { window.removeEventListener("keydown", press, { capture: true }); };
  }, [phase, times]);
  return (
    <Dialog opened onClose={onClose} title={t("wb.reaction")}>
      <Stack gap="sm">
        <Text size="sm">{t("wb.reaction.about")}</Text>
        <div className="wb-light" data-on={phase.kind === "light" || undefined} role="status">
          {phase.kind === "rest" ? t("wb.reaction.rest") : t("wb.reaction.press", { done: times.length, all: ROUNDS })}
        </div>
        <Button
          variant="default"
          disabled={phase.kind !== "rest"}
          onClick={() => {
            setTimes([]);
            setPhase({ kind: "dark" });
          }}
        >
          {t("wb.reaction.measure")}
        </Button>
        <NumberInput
          label={t("wb.reaction.value")}
          value={typed}
          min={0}
          max={1000}
          step={10}
          allowDecimal={false}
          clampBehavior="none"
          onChange={setTyped}
          error={valid ? undefined : t("wb.reaction.range")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button
            disabled={!valid}
            onClick={() => {
              if (typeof typed === "number") change({ reaction_ms: typed });
              onClose();
            }}
          >
            {t("save")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
