// The twelve question types, each on one key.
import { Kbd, Text, UnstyledButton } from "@mantine/core";
import { useEffect } from "react";
import { QUESTION_TYPES, type QuestionType } from "../api/types";
import { useT } from "../i18n";
import { Dialog } from "../ui/Dialog";
import classes from "./work.module.css";

/** By `code`, so that the layout does not matter: the row of digits and the two keys after it. */
const KEYS = [
  ["Digit1", "1"], ["Digit2", "2"], ["Digit3", "3"], ["Digit4", "4"], ["Digit5", "5"], ["Digit6", "6"],
  ["Digit7", "7"], ["Digit8", "8"], ["Digit9", "9"], ["Digit0", "0"], ["Minus", "−"], ["Equal", "="],
] as const;

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onPick: (type: QuestionType) => void;
}

export function TypePicker({ opened, onClose, onPick }: Props) {
  const t = useT();
  useEffect(() => {
    if (!opened) return;
    const press = (event: KeyboardEvent) => {
      const type = QUESTION_TYPES[KEYS.findIndex(([code]) => code === event.code)];
      if (!type || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      onPick(type);
    };
    window.addEventListener("keydown", press, { capture: true });
    return () => window.removeEventListener("keydown", press, { capture: true });
  }, [opened, onPick]);
  return (
    <Dialog opened={opened} onClose={onClose} title={t("fgqa.pickType")} size="md">
      <Text size="sm" c="dimmed" mb="sm">
        {t("fgqa.pickTypeAbout")}
      </Text>
      <div className={classes["types"]}>
        {QUESTION_TYPES.map((type, index) => (
          <UnstyledButton key={type} className={classes["type"] ?? ""} onClick={() => onPick(type)}>
            <Kbd size="xs" aria-hidden>
              {KEYS[index]?.[1]}
            </Kbd>
            {t(`type.${type}`)}
          </UnstyledButton>
        ))}
      </div>
    </Dialog>
  );
}
