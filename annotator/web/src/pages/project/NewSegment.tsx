// Cutting one segment: its first and last picture are shown while their numbers change, then its questions.
import { Button, Fieldset, Group, NumberInput, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { makeSegment, type NewSegment as Fresh } from "../../api/actions";
import { keys } from "../../api/keys";
import { QUESTION_TYPES, type QuestionType, type Video } from "../../api/types";
import { useT } from "../../i18n";
import { Dialog } from "../../ui/Dialog";
import { fieldError, FormError } from "../../ui/FormError";
import { say } from "../../ui/toast";

type Asked = Fresh["questions"][number];
const asked = (): Asked => ({ text: "", q_type: "Action Recognition", draft: null });

interface Props {
  readonly projectId: string;
  readonly videos: readonly Video[];
  readonly onClose: () => void;
}

export function NewSegment({ projectId, videos, onClose }: Props) {
  const t = useT();
  const client = useQueryClient();
  const [videoId, setVideoId] = useState(videos[0]?.id ?? "");
  const video = videos.find((each) => each.id === videoId);
  const last = Math.max(0, (video?.pictures ?? 1) - 1);
  const [start, setStart] = useState(0);
  const [end, setEnd] = useState<number | null>(null);
  const [what, setWhat] = useState("");
  const [domain, setDomain] = useState("");
  const [questions, setQuestions] = useState<readonly Asked[]>([asked()]);
  const until = Math.min(end ?? last, last);
  const make = useMutation({
    mutationFn: () =>
      makeSegment(projectId, { video_id: videoId, picture_start: start, picture_end: until, what, domain, questions: [...questions] }),
    onSuccess: async () => {
      say(t("segments.made"));
      await client.invalidateQueries({ queryKey: keys.project(projectId) });
      onClose();
    },
  });
  const change = (index: number, part: Partial<Asked>) =>
    setQuestions((before) => before.map((question, at) => (at === index ? { ...question, ...part } : question)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const shown = questions.flatMap((_, index) => ["text", "q_type", "draft"].map((field) => `questions.${index}.${field}`));
  return (
    <Dialog opened onClose={onClose} title={t("segments.new")} size="xl">
      <form onSubmit={submit}>
        <Stack>
          <FormError error={make.error} fields={["video_id", "picture_start", "picture_end", "what", "domain", ...shown]} />
          <Select
            label={t("segments.video")}
            allowDeselect={false}
            searchable
            value={videoId}
            onChange={(chosen) => {
              setVideoId(chosen ?? "");
              setStart(0);
              setEnd(null);
            }}
            data={videos.map((each) => ({ value: each.id, label: each.name }))}
            error={fieldError(make.error, "video_id")}
          />
          <SimpleGrid cols={2}>
            <Edge
              label={t("segments.start")}
              videoId={videoId}
              value={start}
              min={0}
              max={until}
              onChange={setStart}
              error={fieldError(make.error, "picture_start")}
            />
            <Edge
              label={t("segments.end")}
              videoId={videoId}
              value={until}
              min={start}
              max={last}
              onChange={setEnd}
              error={fieldError(make.error, "picture_end")}
            />
          </SimpleGrid>
          <SimpleGrid cols={2}>
            <TextInput
              label={t("segments.what")}
              placeholder={t("segments.whatPlaceholder")}
              required
              value={what}
              onChange={(event) => setWhat(event.currentTarget.value)}
              error={fieldError(make.error, "what")}
            />
            <TextInput
              label={t("segments.domain")}
              value={domain}
              onChange={(event) => setDomain(event.currentTarget.value)}
              error={fieldError(make.error, "domain")}
            />
          </SimpleGrid>
          {questions.map((question, index) => (
            <Fieldset key={index} legend={t("segments.question", { number: index + 1 })}>
              <Stack gap="xs">
                <Textarea
                  label={t("fgqa.question")}
                  placeholder={t("fgqa.questionPlaceholder")}
                  required
                  autosize
                  minRows={1}
                  value={question.text}
                  onChange={(event) => change(index, { text: event.currentTarget.value })}
                  error={fieldError(make.error, `questions.${index}.text`)}
                />
                <Select
                  label={t("segments.type")}
                  allowDeselect={false}
                  searchable
                  value={question.q_type}
                  onChange={(chosen) => change(index, { q_type: QUESTION_TYPES.find((type) => type === chosen) ?? question.q_type })}
                  data={QUESTION_TYPES.map((type: QuestionType) => ({ value: type, label: t(`type.${type}`) }))}
                  error={fieldError(make.error, `questions.${index}.q_type`)}
                />
                <Textarea
                  label={t("segments.draft")}
                  description={t("segments.draftAbout")}
                  autosize
                  minRows={1}
                  value={question.draft ?? ""}
                  onChange={(event) => change(index, { draft: event.currentTarget.value || null })}
                  error={fieldError(make.error, `questions.${index}.draft`)}
                />
                {questions.length > 1 ? (
                  <Group justify="flex-end">
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={t("segments.removeQuestion", { number: index + 1 })}
                      onClick={() => setQuestions((before) => before.filter((_, at) => at !== index))}
                    >
                      {t("remove")}
                    </Button>
                  </Group>
                ) : null}
              </Stack>
            </Fieldset>
          ))}
          <Group justify="space-between">
            <Button variant="default" onClick={() => setQuestions((before) => [...before, asked()])}>
              {t("segments.addQuestion")}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t("segments.make")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

interface EdgeProps {
  readonly label: string;
  readonly videoId: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
  readonly error: string | undefined;
}

function Edge({ label, videoId, value, min, max, onChange, error }: EdgeProps) {
  const t = useT();
  const [shown] = useDebouncedValue(value, 150);
  return (
    <div>
      <NumberInput
        label={label}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="strict"
        min={min}
        max={max}
        value={value}
        onChange={(chosen) => onChange(Number(chosen) || 0)}
        error={error}
      />
      {videoId ? (
        <img
          src={`/api/videos/${videoId}/pictures/${shown}.jpg?quality=70`}
          alt={t("fgqa.positionText", { picture: shown })}
          style={{ width: "100%", aspectRatio: "16 / 9", objectFit: "contain", marginTop: 8, borderRadius: 8, background: "var(--vg-stage)" }}
        />
      ) : null}
      <Text size="xs" c="dimmed">
        {t("fgqa.positionText", { picture: shown })}
      </Text>
    </div>
  );
}
