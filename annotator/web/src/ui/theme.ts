// Mantine's theme on top of tokens.css: the dark scale is the tokens', the primary shade keeps AA in both schemes.
import {
  createTheme,
  type CSSVariablesResolver,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";

const sky: MantineColorsTuple = [
  "#e7f4ff", "#cfe7fd", "#a5d4fb", "#74c0fc", "#4aa5ec", "#2e8dd9", "#1f78c1", "#1762a8", "#124f89", "#0c3b67",
];
const dark: MantineColorsTuple = [
  "#eef0f2", "#c9ced4", "#9aa2ad", "#7a838e", "#2b3036", "#262b31", "#1d2126", "#17191d", "#111316", "#0a0c0e",
];

/** The fourth of gray is the edge of inputs: 3:1 on every surface. In dark, Mantine draws quiet lines with its fourth, too. */
const gray: MantineColorsTuple = [
  "#f7f8fa", "#eff1f4", "#e4e8ec", "#dde1e6", "#848d98", "#737c88", "#626b77", "#545c67", "#3a414a", "#16191d",
];

const TONES: Readonly<Record<string, string>> = { red: "bad", yellow: "warn", teal: "good", green: "good", sky: "accent" };

/** Filled and light surfaces take the tokens, whose contrast holds in both schemes; the rest is Mantine's. */
const variants: VariantColorsResolver = (input) => {
  const name = input.color ?? input.theme.primaryColor;
  const tone = TONES[name];
  if (input.variant === "filled" && name === "sky") {
    return {
      background: "var(--vg-accent)",
      hover: "color-mix(in srgb, var(--vg-accent) 86%, var(--vg-text))",
      color: "var(--vg-on-accent)",
      border: "1px solid transparent",
    };
  }
  if (input.variant === "filled" && tone) {
    const soft = `var(--vg-${tone}-soft)`;
    return { background: soft, hover: soft, color: `var(--vg-${tone})`, border: `1px solid var(--vg-${tone})` };
  }
  if (input.variant === "light") {
    const background = tone ? `var(--vg-${tone}-soft)` : "var(--vg-hover)";
    return { background, hover: background, color: tone ? `var(--vg-${tone})` : "var(--vg-text)", border: "1px solid transparent" };
  }
  if (input.variant === "subtle" && name === "gray") {
    return { background: "transparent", hover: "var(--vg-hover)", color: "var(--vg-dim)", border: "1px solid transparent" };
  }
  return defaultVariantColorsResolver(input);
};

export const theme = createTheme({
  variantColorResolver: variants,
  primaryColor: "sky",
  primaryShade: { light: 7, dark: 3 },
  colors: { sky, dark, gray },
  fontFamily: "var(--vg-font)",
  fontFamilyMonospace: "var(--vg-mono)",
  headings: { fontFamily: "var(--vg-font)", fontWeight: "650" },
  defaultRadius: "md",
  focusRing: "auto",
  cursorType: "pointer",
  components: {
    // What explains a field stands below it, so that fields side by side stay level.
    InputWrapper: { defaultProps: { inputWrapperOrder: ["label", "input", "description", "error"] } },
  },
});

export const resolver: CSSVariablesResolver = () => {
  const both = {
    "--mantine-primary-color-filled": "var(--vg-accent)",
    "--mantine-primary-color-contrast": "var(--vg-on-accent)",
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
