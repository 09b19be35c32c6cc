// The step of the tour that is under way, in a corner, with a ring around what it speaks of.
import { Button, Group, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useT } from "../i18n";
import classes from "./Tour.module.css";
import { usePreferences } from "./preferences";
import { TOUR, useTour } from "./tour";

interface Ring {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where something is on the screen, looked at again while it moves; null while it is not there. */
function useRing(selector: string | null): Ring | null {
  const [ring, setRing] = useState<Ring | null>(null);
  useEffect(() => {
    if (selector === null) {
      setRing(null);
      return undefined;
    }
    const look = () => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      setRing((old) => {
        if (!box || box.width === 0) return null;
        const same = old && old.left === box.left && old.top === box.top && old.width === box.width && old.height === box.height;
        return same ? old : { left: box.left, top: box.top, width: box.width, height: box.height };
      });
    };
    look();
    const timer = setInterval(look, 250);
    return () => clearInterval(timer);
  }, [selector]);
  return ring;
}

export function Tour() {
  const t = useT();
  const { change } = usePreferences();
  const place = useTour(({ step }) => step);
  // The places are part of the same page: they are there once it has been drawn.
  const [drawn, setDrawn] = useState(false);
  useEffect(() => setDrawn(true), []);
  const steps = drawn ? TOUR.filter(({ at }) => document.querySelector(at) !== null) : [];
  const step = place === null ? null : (steps[Math.min(place, steps.length - 1)] ?? null);
  const ring = useRing(step?.at ?? null);
  if (place === null || step === null) return null;
  const at = Math.min(place, steps.length - 1);
  const end = () => {
    useTour.setState({ step: null });
    change({ tour_done: true });
  };
  return (
    <>
      {ring ? <div className={classes["ring"]} style={ring} aria-hidden /> : null}
      <section className={classes["card"]} aria-label={t("tour.name")}>
        <Text size="xs" c="dimmed">
          {t("tour.place", { at: at + 1, all: steps.length })}
        </Text>
        <div role="status">
          <Text fw={650}>{t(step.title)}</Text>
          <Text size="sm" mt={4}>
            {t(step.text)}
          </Text>
        </div>
        <Group justify="space-between" mt="sm">
          <Button size="compact-sm" variant="subtle" color="gray" onClick={end}>
            {t("tour.stop")}
          </Button>
          <Group gap="xs">
            <Button size="compact-sm" variant="default" disabled={at === 0} onClick={() => useTour.setState({ step: at - 1 })}>
              {t("tour.back")}
            </Button>
            <Button size="compact-sm" onClick={() => (at + 1 < steps.length ? useTour.setState({ step: at + 1 }) : end())}>
              {t(at + 1 < steps.length ? "tour.on" : "tour.finish")}
            </Button>
          </Group>
        </Group>
      </section>
    </>
  );
}
