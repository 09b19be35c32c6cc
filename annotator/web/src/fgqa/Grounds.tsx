// Below an answer: where the clip shows it (a span and a point), and the other options of a question with options.
import { Button, Checkbox, Group, TextInput } from "@mantine/core";
import { useId } from "react";
import type { AnswerRecord, QuestionRecord } from "../editor/body";
import type { Problem } from "../editor/documentStore";
import { useT } from "../i18n";
import { told } from "../i18n/told";
import { captionChecks } from "../workbench/captionChecks";
import { MOST_OPTIONS, repeatsOption, rightAnswer } from "./edits";
import { Key } from "./Key";
import { Remove } from "./Remove";
import classes from "./work.module.css";

export interface GroundActions {
  readonly evidence: (id: string, edge: "start" | "end") => void;
  readonly showEvidence: (id: string) => void;
  readonly clearEvidence: (id: string) => void;
  readonly addOption: (id: string) => void;
  readonly changeOption: (id: string, place: number, part: { text?: string; checked?: boolean }) => void;
  readonly removeOption: (id: string, place: number) => void;
}

interface Props {
  readonly question: QuestionRecord;
  readonly answer: AnswerRecord | undefined;
  readonly number: number;
  readonly active: boolean;
  readonly readOnly: boolean;
  readonly problems: readonly Problem[];
  readonly actions: GroundActions;
}

export function Grounds(props: Props) {
  const { answer, readOnly } = props;
  if (answer?.verdict === "reject") return null;
  const something = answer?.evidence || answer?.point || answer?.distractors?.length;
  // Not only on the active card: a card that grows when it is pressed moves its buttons away below the pointer.
  if (!something && readOnly) return null;
  return (
    <div className={classes["grounds"]}>
      <Evidence {...props} />
      <Options {...props} />
    </div>
  );
}

function Evidence({ question, answer, number, active, readOnly, actions }: Props) {
  const t = useT();
  const span = answer?.evidence;
  const point = answer?.point;
  return (
    <div role="group" aria-label={t("fgqa.evidenceOf", { number })} className={classes["evidence"]}>
      <span>{t("fgqa.evidence")}</span>
      {span || point ? (
        <Button size="compact-xs" variant="default" onClick={() => actions.showEvidence(question.id)}>
          {span ? t("fgqa.evidenceSpan", { start: String(span.picture_start), end: String(span.picture_end) }) : null}
          {span && point ? " · " : null}
          {point ? t("fgqa.evidencePoint", { picture: String(point.picture) }) : null}
        </Button>
      ) : (
        <em>{t(readOnly ? "fgqa.evidenceNone" : "fgqa.evidenceHint")}</em>
      )}
      {readOnly ? null : (
        <>
          <Button size="compact-xs" variant="default" onClick={() => actions.evidence(question.id, "start")}>
            {t("fgqa.from")}
            <Key id="evidence.start" acts={active} />
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => actions.evidence(question.id, "end")}>
            {t("fgqa.to")}
            <Key id="evidence.end" acts={active} />
          </Button>
          {span || point ? (
            <Remove label={t("fgqa.evidenceClear", { number })} onClick={() => actions.clearEvidence(question.id)} />
          ) : null}
        </>
      )}
    </div>
  );
}

function Options(props: Props) {
  const t = useT();
  const { question, answer, number, active, readOnly, actions } = props;
  const options = answer?.distractors ?? [];
  if (options.length === 0 && readOnly) return null;
  return (
    <div role="group" aria-label={t("fgqa.optionsOf", { number })}>
      {options.map((_, place) => (
        <Option key={place} {...props} place={place} />
      ))}
      {readOnly || options.length >= MOST_OPTIONS ? null : (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => actions.addOption(question.id)}>
          {t("fgqa.addOption")}
          <Key id="option.add" acts={active} />
        </Button>
      )}
    </div>
  );
}

function Option({ question, answer, readOnly, problems, actions, place }: Props & { place: number }) {
  const t = useT();
  const id = useId();
  const option = answer?.distractors?.[place];
  if (!answer || !option) return null;
  const path = `answers.${question.id}.distractors.${place}`;
  const local = option.text ? captionChecks(option.text).map(({ message, vars }) => t(message, vars)) : [];
  const same = repeatsOption(answer, rightAnswer(question, answer), place) ? [t("fgqa.optionSame")] : [];
  const said = problems
    .filter(({ field, code }) => field.startsWith(`${path}.`) && code !== "same_option" && code !== "hedge")
    .map(({ message }) => told(message));
  const wrong = [...local, ...same, ...(local.length ? [] : said)];
  return (
    <div className={classes["option"]}>
      <Group gap={6} wrap="nowrap">
        <TextInput
          size="xs"
          flex={1}
          aria-label={t("fgqa.option", { number: place + 1 })}
          placeholder={t("fgqa.optionPlaceholder")}
          readOnly={readOnly}
          data-option={`${question.id}-${place}`}
          aria-describedby={wrong.length ? id : undefined}
          value={option.text}
          onChange={(event) => actions.changeOption(question.id, place, { text: event.currentTarget.value })}
        />
        {readOnly ? null : (
          <Remove label={t("fgqa.removeOption", { number: place + 1 })} onClick={() => actions.removeOption(question.id, place)} />
        )}
      </Group>
      <Checkbox
        size="xs"
        mt={4}
        label={t("fgqa.optionChecked")}
        checked={option.checked}
        disabled={readOnly || option.text.trim() === ""}
        onChange={(event) => actions.changeOption(question.id, place, { checked: event.currentTarget.checked })}
      />
      {wrong.length ? (
        <div id={id} aria-live="polite">
          {wrong.map((text) => (
            <p key={text} className={classes["problem"]} data-severity="error">
              {text}
            </p>
          ))}
        </div>
      ) : null}
    </div>
  );
}
