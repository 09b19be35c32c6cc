// Fields that several forms of a project have: a cap on somebody's tasks, and a share in per cent.
import { NumberInput } from "@mantine/core";

interface CapProps {
  readonly label: string;
  readonly description: string;
  /** Null: no cap of its own. */
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
  readonly error: string | undefined;
}

export function CapInput({ value, onChange, ...field }: CapProps) {
  return (
    <NumberInput
      {...field}
      min={1}
      max={10_000}
      allowDecimal={false}
      value={value ?? ""}
      onChange={(chosen) => onChange(chosen === "" ? null : Number(chosen))}
    />
  );
}

interface ShareProps {
  readonly label: string;
  readonly description: string;
  /** 0 to 100. */
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly max?: number;
  readonly w?: number;
  readonly error: string | undefined;
}

export function ShareInput({ onChange, max = 100, ...field }: ShareProps) {
  return (
    <NumberInput {...field} suffix=" %" min={0} max={max} allowDecimal={false} onChange={(chosen) => onChange(Number(chosen) || 0)} />
  );
}
