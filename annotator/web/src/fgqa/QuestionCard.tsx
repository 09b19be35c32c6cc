// One question with its answer: verify the draft, or write; what is wrong stands beside the field at once.
import { Button, Group, Textarea } from "@mantine/core";
import { useEffect, useId, useRef } from "react";
import type { QuestionType, RejectReason } from "../api/types";
import type { AnswerRecord, QuestionRecord } from "../editor/body";
import type { Problem } from "../editor/documentStore";
import { useT } from "../i18n";
import { told } from "../i18n/told";
import { captionChecks, LOCAL_CODES } from "../workbench/captionChecks";
import { reasonsFor } from "./edits";
import { type GroundActions, Grounds } from "./Grounds";
import { Key } from "./Key";
import { Remove } from "./Remove";
import classes from "./work.module.css";

export interface CardActions extends GroundActions {
  readonly activate: (id: string) => void;
  readonly accept: (id: string) => void;
  readonly reject: (id: string, reason: RejectReason) => void;
  readonly clear: (id: string) => void;
  readonly write: (id: string, text: string) => void;
  readonly reword: (id: string, text: string) => void;
  readonly retype: (id: string) => void;
  readonly remove: (id: string) => void;
  readonly form: (id: string, form: "fgqa" | "sgqa") => void;
}

interface Props {
  readonly question: QuestionRecord;
  readonly answer: AnswerRecord | undefined;
  readonly number: number;
  readonly active: boolean;
  readonly readOnly: boolean;
  /** False while drafts are hidden until the clip was watched. */
  readonly revealed: boolean;
  readonly problems: readonly Problem[];
  readonly actions: CardActions;
  /** In a review: the answer as it was handed in. */
  readonly original?: AnswerRecord | undefined;
}

export function QuestionCard(props: Props) {
  const t = useT();
  const { question, answer, number, active, readOnly, actions } = props;
  const own = question.origin === "annotator";
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (active) card.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [active]);
  return (
    // Only follows the focus: keys and buttons do everything by themselves.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      ref={card}
      className={classes["card"]}
      data-active={active || undefined}
      data-question={question.id}
      aria-current={active || undefined}
      aria-label={t("fgqa.label", { number, text: question.text })}
      onFocus={() => actions.activate(question.id)}
      onPointerDown={() => actions.activate(question.id)}
    >
      <div className={classes["cardTop"]}>
        <span className={classes["number"]}>{number}</span>
        {own && !readOnly ? (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={t("fgqa.changeType", { number })}
            onClick={() => actions.retype(question.id)}
          >
            {t(`type.${question.q_type as QuestionType}`)}
          </Button>
        ) : (
          <span>{t(`type.${question.q_type as QuestionType}`)}</span>
        )}
        {own && !readOnly ? (
          <Button
            size="compact-xs"
            variant="default"
            aria-pressed={question.form === "sgqa"}
            title={t("fgqa.sgqaToggle")}
            onClick={() => actions.form(question.id, question.form === "sgqa" ? "fgqa" : "sgqa")}
          >
            {t(question.form === "sgqa" ? "fgqa.sgqa" : "fgqa.fgqa")}
          </Button>
        ) : question.form === "sgqa" ? (
          <span>· {t("fgqa.sgqa")}</span>
        ) : null}
        {own ? <span>· {t("fgqa.mine")}</span> : null}
        <Mark answer={answer} />
        {own && !readOnly ? <Remove label={t("fgqa.removeQuestion", { number })} onClick={() => actions.remove(question.id)} /> : null}
      </div>
      {own && !readOnly ? <Reword {...props} /> : <p className={classes["question"]}>{question.text}</p>}
      {question.form === "sgqa" ? <p className={classes["draftLabel"]}>{t("fgqa.sgqaAbout")}</p> : null}
      {question.draft === null ? (
        <Write {...props} />
      ) : props.revealed ? (
        <Verify {...props} draft={question.draft} />
      ) : (
        <p className={classes["veil"]}>{t("fgqa.veiled")}</p>
      )}
      <Grounds {...props} />
    </li>
  );
}

function Mark({ answer }: { answer: AnswerRecord | undefined }) {
  const t = useT();
  const done = answer !== undefined && (answer.verdict !== "write" || answer.text.trim() !== "");
  return (
    <span className={classes["mark"]} data-tone={done ? "good" : "warn"}>
      {done ? `✓ ${t(`review.answerVerdict.${answer.verdict}`)}` : t("fgqa.unanswered")}
    </span>
  );
}

interface Shown {
  readonly code: string;
  readonly text: string;
  readonly severity: "error" | "warning";
}

/** What this browser sees at once, and what only the server knows, for the given paths. */
function useChecks(text: string | null, problems: readonly Problem[], fields: readonly string[]): Shown[] {
  const t = useT();
  const local = text ? captionChecks(text).map(({ code, message, vars, severity }) => ({ code, text: t(message, vars), severity })) : [];
  const said = problems
    .filter(({ field }) => fields.includes(field))
    // Said already: by the checks above, or by the mark of an open question until somebody tries to submit.
    .filter(({ code }) => !(LOCAL_CODES.has(code) && text !== null) && !(code === "refused" && local.length > 0) && code !== "unanswered")
    .map(({ code, message, severity }) => ({ code, text: told(message), severity }));
  return [...local, ...said];
}

function Checks({ id, checks }: { id: string; checks: readonly Shown[] }) {
  if (checks.length === 0) return null;
  return (
    <div id={id} aria-live="polite">
      {checks.map((check) => (
        <p key={check.code} className={classes["problem"]} data-severity={check.severity}>
          {check.text}
        </p>
      ))}
    </div>
  );
}

function Reword({ question, number, problems, actions }: Props) {
  const t = useT();
  const id = useId();
  const checks = useChecks(question.text || null, problems, [`questions.${question.id}.text`, `questions.${question.id}`]);
  return (
    <>
      <Textarea
        mt={6}
        mb={8}
        autosize
        minRows={1}
        aria-label={t("segments.question", { number })}
        aria-describedby={checks.length ? id : undefined}
        placeholder={t("fgqa.questionPlaceholder")}
        data-own-question={question.id}
        value={question.text}
        onChange={(event) => actions.reword(question.id, event.currentTarget.value)}
      />
      <Checks id={id} checks={checks} />
    </>
  );
}

function Write({ question, answer, readOnly, problems, actions, original }: Props) {
  const t = useT();
  const id = useId();
  const rejected = answer?.verdict === "reject";
  const path = `answers.${question.id}`;
  const checks = useChecks(answer?.text || null, problems, [path, `${path}.text`, `${path}.verdict`, `${path}.reason`]);
  return (
    <>
      {rejected ? <Reasons {...{ question, answer, readOnly, actions }} /> : null}
      <Textarea
        label={t(rejected ? "fgqa.explanation" : "fgqa.answer")}
        placeholder={t(rejected ? "fgqa.explanationPlaceholder" : "fgqa.answerPlaceholder")}
        autosize
        minRows={2}
        readOnly={readOnly}
        data-answer={question.id}
        aria-describedby={checks.length ? id : undefined}
        value={answer?.text ?? ""}
        onChange={(event) => actions.write(question.id, event.currentTarget.value)}
      />
      <Checks id={id} checks={checks} />
      <Original answer={answer} original={original} />
      {readOnly ? null : (
        <Group gap={6} mt={8}>
          {rejected ? (
            <Button size="compact-xs" variant="default" onClick={() => actions.clear(question.id)}>
              {t("fgqa.writeInstead")}
            </Button>
          ) : (
            <Button size="compact-xs" variant="default" onClick={() => actions.reject(question.id, "unanswerable")}>
              {t("fgqa.cannot")}
            </Button>
          )}
        </Group>
      )}
    </>
  );
}

function Verify({ question, answer, number, active, readOnly, problems, actions, original, draft }: Props & { draft: string }) {
  const t = useT();
  const id = useId();
  const path = `answers.${question.id}`;
  const rejected = answer?.verdict === "reject";
  const written = answer?.verdict === "write";
  const checks = useChecks(answer?.text || null, problems, [path, `${path}.text`, `${path}.verdict`, `${path}.reason`]);
  return (
    <>
      <p className={classes["draft"]} data-verdict={answer?.verdict}>
        <span className={classes["draftLabel"]}>{t("fgqa.draft")}</span>
        {draft}
      </p>
      <div role="group" aria-label={t("fgqa.verdict", { number })} className={classes["verdicts"]}>
        <Button
          size="compact-sm"
          variant={answer?.verdict === "accept" ? "filled" : "default"}
          aria-pressed={answer?.verdict === "accept"}
          disabled={readOnly}
          onClick={() => actions.accept(question.id)}
        >
          {t("fgqa.accept")}
          <Key id="draft.accept" acts={active} />
        </Button>
        <Reasons {...{ question, answer, readOnly, actions }} hints={active} />
      </div>
      {rejected || written ? (
        <Textarea
          mt={8}
          label={t(rejected ? "fgqa.explanation" : "fgqa.answer")}
          description={rejected && answer.reason ? t(`fgqa.reasonAbout.${answer.reason}`) : undefined}
          placeholder={t("fgqa.explanationPlaceholder")}
          autosize
          minRows={1}
          readOnly={readOnly}
          data-answer={question.id}
          aria-describedby={checks.length ? id : undefined}
          value={answer.text}
          onChange={(event) => actions.write(question.id, event.currentTarget.value)}
        />
      ) : null}
      <Checks id={id} checks={checks} />
      <Original answer={answer} original={original} />
    </>
  );
}

type ReasonsProps = Pick<Props, "question" | "answer" | "readOnly" | "actions"> & { hints?: boolean | undefined };

function Reasons({ question, answer, readOnly, actions, hints }: ReasonsProps) {
  const t = useT();
  return (
    <>
      {reasonsFor(question).map((reason) => {
        const chosen = answer?.verdict === "reject" && answer.reason === reason;
        return (
          <Button
            key={reason}
            size="compact-sm"
            variant={chosen ? "filled" : "default"}
            color={chosen ? "red" : "gray"}
            aria-pressed={chosen}
            disabled={readOnly}
            onClick={() => actions.reject(question.id, reason)}
          >
            {t(`fgqa.reason.${reason}`)}
            {hints === undefined ? null : <Key id={`draft.reject.${reason}`} acts={hints} />}
          </Button>
        );
      })}
    </>
  );
}

function Original({ answer, original }: { answer: AnswerRecord | undefined; original: AnswerRecord | undefined }) {
  const t = useT();
  if (!original || JSON.stringify(original) === JSON.stringify(answer)) return null;
  return (
    <p className={classes["problem"]} data-severity="warning">
      {t("review.original")}: {t(`review.answerVerdict.${original.verdict}`)}
      {original.text ? ` · ${original.text}` : ""}
    </p>
  );
}
