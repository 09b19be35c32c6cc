// The loss over the steps: a canvas by uPlot, drawn anew when points come, the theme turns or the width changes; its
// numbers are in the table beside it for those who do not see it.
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Metric } from "../../api/types";
import { useT } from "../../i18n";

const HEIGHT = 280;
/** A step is a whole number; so are its marks. */
const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6].flatMap((zeros) => [1, 2, 5].map((digit) => digit * 10 ** zeros));

export function LossChart({ points }: { points: readonly Metric[] }) {
  const t = useT();
  const scheme = useComputedColorScheme("dark");
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([[], []]);
  const step = t("runs.step");
  const loss = t("runs.loss");

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = { stroke: colour("--vg-dim"), grid: { stroke: colour("--vg-line"), width: 1 }, ticks: { stroke: colour("--vg-line") } };
    const made = new uPlot(
      {
        width: element.clientWidth || 640,
        height: HEIGHT,
        scales: { x: { time: false } },
        series: [
          { label: step },
          { label: loss, stroke: colour("--vg-accent"), width: 2, points: { show: false } },
        ],
        axes: [{ ...axis, incrs: WHOLE_STEPS }, { ...axis, size: 64 }],
        cursor: { drag: { x: true, y: false } },
      },
      data.current,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [scheme, step, loss]);

  useEffect(() => {
    data.current = [points.map((point) => point.step), points.map((point) => point.loss)];
    plot.current?.setData(data.current);
  }, [points]);

  const last = points.at(-1);
  return (
    <div
      ref={place}
      role="img"
      style={{ width: "100%", minHeight: HEIGHT }}
      aria-label={last ? t("runs.chart", { steps: points.length, loss: last.loss.toFixed(4) }) : t("runs.noMetrics")}
    />
  );
}
