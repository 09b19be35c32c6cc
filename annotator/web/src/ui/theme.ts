// Mantine's theme on top of tokens.css: the dark scale is the tokens', the primary shade keeps AA in both schemes.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const sky: MantineColorsTuple = [
  "#e7f4ff", "#cfe7fd", "#a5d4fb", "#74c0fc", "#4aa5ec", "#2e8dd9", "#1f78c1", "#1762a8", "#124f89", "#0c3b67",
];
const dark: MantineColorsTuple = [
  "#eef0f2", "#c9ced4", "#9aa2ad", "#6b737d", "#3a4048", "#2b3036", "#1d2126", "#17191d", "#111316", "#0a0c0e",
];

export const theme = createTheme({
  primaryColor: "sky",
  primaryShade: { light: 7, dark: 3 },
  colors: { sky, dark },
  autoContrast: true,
  luminanceThreshold: 0.4,
  fontFamily: "var(--vg-font)",
  fontFamilyMonospace: "var(--vg-mono)",
  headings: { fontFamily: "var(--vg-font)", fontWeight: "650" },
  defaultRadius: "md",
  focusRing: "auto",
  cursorType: "pointer",
});

export const resolver: CSSVariablesResolver = () => {
  const both = {
    "--mantine-color-body": "var(--vg-bg)",
    "--mantine-color-text": "var(--vg-text)",
    "--mantine-color-dimmed": "var(--vg-dim)",
    "--mantine-color-placeholder": "var(--vg-dim)",
    "--mantine-color-error": "var(--vg-bad)",
    "--mantine-color-anchor": "var(--vg-accent)",
    "--mantine-color-default": "var(--vg-panel)",
    "--mantine-color-default-hover": "var(--vg-hover)",
    "--mantine-color-default-color": "var(--vg-text)",
    "--mantine-color-default-border": "var(--vg-line)",
  };
  return { variables: {}, light: both, dark: both };
};
