// Two documents of the same work side by side: masks over one picture, events and answers aligned, texts with their differences.
import { Button, Center, Checkbox, Loader, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { besideQuery } from "../api/queries";
import type { Beside, Side, Version } from "../api/types";
import { KeyHint, KeySheet, keyProps } from "../editor/KeySheet";
import { listenForKeys } from "../editor/keymap";
import type { EventRecord } from "../editor/body";
import { SegmentPlayer, stepIn, toggleIn } from "../fgqa/SegmentPlayer";
import { type Translate, useT } from "../i18n";
import { taskWord } from "../pages/words";
import type { Player } from "../player/player";
import { usePlayer } from "../player/usePlayer";
import type { Span } from "../timeline/spans";
import { formatWhen } from "../ui/format";
import { ButtonLink } from "../ui/links";
import { Empty, ErrorNote, useTitle } from "../ui/Page";
import { useActions } from "../ui/preferences";
import { Mark, useLook } from "../ui/Shell";
import { nextDifference, type Row, rowsOf } from "./compare";
import { type CompareKeys, compareKeys } from "./compareKeys";
import { CompareLanes } from "./CompareLanes";
import { CompareRows } from "./CompareRows";
import { useSideMasks } from "./useSideMasks";
import "./compare.css";

export function Compare() {
  const t = useT();
  useLook();
  const { taskId } = useParams({ from: "/inside/compare/$taskId" });
  const { left = null, right = null } = useSearch({ from: "/inside/compare/$taskId" });
  const query = useQuery(besideQuery(taskId, left, right));
  const found = query.data;
  const film = usePlayer(found?.video_id ?? null);
  useTitle(found ? `${t("compare.title")} · ${found.video_name}` : t("compare.title"));
  const error = query.error ?? film.error;
  if (error) {
    return (
      <Center mih="100vh" p="lg">
        <ErrorNote error={error} onRetry={() => void query.refetch()} />
      </Center>
    );
  }
  if (found && (!found.left || !found.right)) {
    return (
      <Center mih="100vh" p="lg">
        <Empty
          title={t("compare.none")}
          next={t("compare.noneNext")}
          action={
            <ButtonLink variant="default" to="/projects/$projectId/reviews" params={{ projectId: found.project_id }}>
              {t("project.reviews")}
            </ButtonLink>
          }
        />
      </Center>
    );
  }
  if (!found?.left || !found.right || !film.player) {
    return (
      <Center mih="100vh">
        <Loader aria-label={t("loading")} />
      </Center>
    );
  }
  return <Comparing key={found.task_id} found={found} left={found.left} right={found.right} player={film.player} />;
}

interface Props {
  readonly found: Beside;
  readonly left: Side;
  readonly right: Side;
  readonly player: Player;
}

function nameOf(t: Translate, version: Version): string {
  const said = { step: t(taskWord[version.kind]), name: version.author_name, when: formatWhen(version.submitted_at) };
  return version.copy_number > 0 ? t("compare.versionCopy", { ...said, number: version.copy_number }) : t("compare.version", said);
}

/** The pictures that an event covers, end inclusive. */
function picturesOf({ table }: Player, event: EventRecord): Span {
  const after = table.grid[event.grid_end + 1] ?? table.count;
  return [table.pictureOfGrid(event.grid_start), Math.max(0, after - 1)];
}

function Comparing({ found, left, right, player }: Props) {
  const t = useT();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string | null>(null);
  const [masks, setMasks] = useState({ left: true, right: true });
  const [help, setHelp] = useState(false);
  const actions = useActions(compareKeys);
  const rows = useMemo(() => rowsOf(left.body, right.body, (event) => picturesOf(player, event)), [left, right, player]);
  const maskError = useSideMasks(player, left, right, masks);
  const span = { start: found.picture_start, end: found.picture_end };
  const names = { left: nameOf(t, left), right: nameOf(t, right) };
  const versions = found.versions.map((version) => ({ value: version.id, label: nameOf(t, version) }));
  const choose = (search: { left: string; right: string }) =>
    void navigate({ to: "/compare/$taskId", params: { taskId: found.task_id }, search, replace: true });
  const show = (row: Row) => {
    setChosen(row.id);
    const picture = row.left?.span?.[0] ?? row.right?.span?.[0];
    if (picture !== undefined) player.show(picture);
  };
  const keys: CompareKeys = {
    toggle: () => toggleIn(player, span),
    step: (pictures) => stepIn(player, span, pictures),
    move: (by) => {
      const at = rows.findIndex(({ id }) => id === chosen);
      const row = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];
      if (row) show(row);
    },
    different: () => {
      const row = nextDifference(rows, chosen);
      if (row) show(row);
    },
    masks: (side) => setMasks((now) => ({ ...now, [side]: !now[side] })),
    swap: () => choose({ left: right.id, right: left.id }),
    help: () => setHelp(true),
  };
  const latest = useRef({ actions, context: keys, editable: null });
  useEffect(() => {
    latest.current = { actions, context: keys, editable: null };
  });
  useEffect(() => listenForKeys(() => latest.current), []);
  const named = (id: string) => actions.find((action) => action.id === id);
  const runsOf = (side: Side): Span[] => side.masks.flatMap(({ presence }) => (presence ?? []).map(([from = 0, to = 0]): Span => [from, to]));
  const sameMasks = left.masks.length > 0 && left.masks.every((each) => right.masks.some((other) => other.track_id === each.track_id));
  return (
    <div className="cmp">
      <header className="cmp-bar">
        <Link to="/" aria-label="Vidgrain">
          <Mark />
        </Link>
        <h1>
          {t("compare.title")}
          <small>{found.video_name}</small>
        </h1>
        {(["left", "right"] as const).map((side) => (
          <div key={side} className="cmp-side" data-side={side}>
            <Select
              size="xs"
              w={300}
              aria-label={t(`compare.${side}`)}
              allowDeselect={false}
              data={versions}
              value={side === "left" ? left.id : right.id}
              onChange={(value) => value !== null && choose({ left: left.id, right: right.id, [side]: value })}
            />
            {(side === "left" ? left : right).masks.length > 0 ? (
              <Checkbox
                size="xs"
                aria-label={t("compare.masksOf", { name: names[side] })}
                title={named(`compare.${side}`) ? t(`compare.key.${side}`) : undefined}
                checked={masks[side]}
                onChange={() => keys.masks(side)}
              />
            ) : null}
          </div>
        ))}
        <Button size="compact-sm" variant="default" onClick={keys.swap} {...keyProps(named("compare.swap"), t("compare.key.swap"))}>
          {t("compare.swap")} <KeyHint action={named("compare.swap")} />
        </Button>
        {sameMasks ? <span role="status">{t("compare.masksBoth")}</span> : null}
        <span className="cmp-grow" />
        <Button size="compact-sm" variant="subtle" color="gray" onClick={keys.help} {...keyProps(named("help"), t("wb.do.help"))}>
          {t("fgqa.keys")}
        </Button>
      </header>
      <SegmentPlayer player={player} span={span} label={t("fgqa.clip")}>
        {maskError ? (
          <div className="vg-scene-note" data-tone="bad" role="alert">
            <span>{maskError instanceof Error ? maskError.message : String(maskError)}</span>
          </div>
        ) : null}
      </SegmentPlayer>
      <main className="cmp-parts" aria-label={t("compare.rows")}>
        <header>
          <h2>
            {t("compare.rows")} · {t("compare.count", { differ: rows.filter(({ differs }) => differs).length, all: rows.length })}
          </h2>
          <button type="button" onClick={keys.different} {...keyProps(named("compare.different"), t("compare.key.different"))}>
            {t("compare.nextDifference")} <KeyHint action={named("compare.different")} />
          </button>
        </header>
        <CompareRows rows={rows} chosen={chosen} names={names} onChoose={show} />
      </main>
      <CompareLanes
        player={player}
        span={[span.start, span.end]}
        rows={rows}
        chosen={chosen}
        presence={{ left: runsOf(left), right: runsOf(right) }}
        names={names}
        onChoose={show}
      />
      <KeySheet actions={actions} opened={help} onClose={() => setHelp(false)} />
    </div>
  );
}
