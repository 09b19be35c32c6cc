// The small button that takes something away; its name says what.
import { Button } from "@mantine/core";

interface Props {
  readonly label: string;
  readonly onClick: () => void;
}

export function Remove({ label, onClick }: Props) {
  return (
    <Button size="compact-xs" variant="subtle" color="gray" aria-label={label} title={label} onClick={onClick}>
      ✕
    </Button>
  );
}
