/** The draft: clicks, a box and drawings on one picture that become a prompt when one of their masks is accepted. */

import type { StoreApi } from "zustand/vanilla";

import { asApiError } from "../api/error";
import { t } from "../i18n";
import type { Player } from "../player/player";
import type { SubjectsState } from "./subjects";
import * as wire from "./wire";

/** What was drawn since `base` (a mask, or null for none) and is not answered yet. */
export interface Drawn {
  readonly base: string | null;
  readonly steps: readonly wire.DrawingStep[];
}

/** Clicks or drawings under consideration: nothing is stored before one of the candidates is accepted. */
export interface Draft {
  readonly masklet: string;
  readonly picture: number;
  readonly points: readonly wire.PointRecord[];
  readonly box: wire.BoxRecord | null;
  readonly candidates: readonly wire.Candidate[];
  readonly chosen: number;
  readonly waiting: boolean;
  /** Not null while the mask is one that was drawn, and not one of a click's. */
  readonly drawn: Drawn | null;
  /** The draft before the last click or stroke. */
  readonly before: Draft | null;
}

/** The draft after one more thing was drawn on the mask `under`, which is not answered yet. */
export function drawnOn(draft: Draft, under: string | null, step: wire.DrawingStep, before: Draft | null): Draft {
  const open = draft.drawn !== null && draft.waiting ? draft.drawn : null;
  const drawn = open ? { base: open.base, steps: [...open.steps, step] } : { base: under, steps: [step] };
  const candidates = draft.candidates.slice(draft.chosen, draft.chosen + 1);
  return { ...draft, candidates, chosen: 0, drawn, waiting: true, before };
}

/** The draft once the mask that was drawn is known. */
export function answered(draft: Draft, counts: string): Draft {
  return { ...draft, candidates: [{ counts, score: 1 }], chosen: 0, waiting: false, drawn: { base: counts, steps: [] } };
}

/** The draft without its last click, stroke or box; null when nothing is left of it. */
export function takenBack(draft: Draft): Draft | null {
  if (draft.before || draft.drawn) return draft.before;
  const next = draft.points.length > 0 ? { ...draft, points: draft.points.slice(0, -1) } : { ...draft, box: null };
  return next.points.length === 0 && !next.box ? null : { ...next, waiting: true };
}

export interface DraftParts {
  readonly state: StoreApi<SubjectsState>;
  readonly player: Player;
  readonly editable: boolean;
  readonly add: () => Promise<string | null>;
  /** False when it could not be stored. */
  readonly store: (masklet: string, prompt: wire.PromptRecord) => Promise<boolean>;
}

export class Drafts {
  private request: AbortController | null = null;
  /** Settles when the masks of the present draft are there. */
  private answer: Promise<void> = Promise.resolve();
  /** The server could not be asked: what was drawn is kept, and asked again with the next stroke or on accepting. */
  private unanswered = false;
  /** Strokes wait for one another: each is drawn on what the one before it began. */
  private strokes: Promise<void> = Promise.resolve();

  constructor(private readonly parts: DraftParts) {}

  private get draft(): Draft | null {
    return this.parts.state.getState().draft;
  }

  /** A click: starts or refines the draft on this picture and asks for candidates. */
  async click(x: number, y: number, positive: boolean): Promise<void> {
    const base = await this.here();
    if (!base) return;
    const points = [...base.points, { x: round(x), y: round(y), positive }];
    await this.ask({ ...base, points, drawn: null, before: this.kept(base) });
  }

  async box(box: wire.BoxRecord): Promise<void> {
    const base = await this.here();
    if (!base) return;
    const rounded = { x1: round(box.x1), y1: round(box.y1), x2: round(box.x2), y2: round(box.y2) };
    await this.ask({ ...base, box: rounded, points: [], drawn: null, before: this.kept(base) });
  }

  /** Draws on the draft's mask, or on the one that is shown on this picture. */
  draw(step: wire.DrawingStep): Promise<void> {
    this.strokes = this.strokes.then(() => this.drawNow(step));
    return this.strokes;
  }

  private async drawNow(step: wire.DrawingStep): Promise<void> {
    const base = await this.here();
    if (!base) return;
    const { masklet, picture } = base;
    const under = base.candidates[base.chosen]?.counts ?? (await this.parts.player.maskOf(masklet, picture));
    const pending = base.waiting && base.drawn !== null;
    if (under === null && !pending && step.verb !== "add") {
      this.fail(new Error(t("wb.draw.noMask")));
      return;
    }
    void this.ask(drawnOn(base, under, step, this.kept(base)));
  }

  /** Takes back the last click, stroke or box. */
  async undo(): Promise<void> {
    const { draft } = this;
    if (!draft) return;
    const next = takenBack(draft);
    if (!next) this.discard();
    else if (next.waiting) await this.ask(next);
    else {
      this.request?.abort();
      this.show(next);
    }
  }

  cycle(by: number): void {
    const { draft } = this;
    if (!draft || draft.candidates.length === 0) return;
    const { length } = draft.candidates;
    this.show({ ...draft, chosen: (draft.chosen + by + length) % length });
  }

  choose(index: number): void {
    const { draft } = this;
    if (draft && index < draft.candidates.length) this.show({ ...draft, chosen: index });
  }

  discard(): void {
    this.request?.abort();
    if (this.draft) this.show(null);
  }

  /** The shown mask becomes the prompt of its picture. A stroke that is not answered yet is waited for. */
  async accept(): Promise<void> {
    await this.strokes;
    if (this.draft?.drawn && this.draft.waiting) await (this.unanswered ? this.ask(this.draft) : this.answer);
    const { draft } = this;
    const candidate = draft?.candidates[draft.chosen];
    if (!draft || !candidate || draft.waiting) return;
    const { masklet, picture, points, box } = draft;
    const stored = await this.parts.store(masklet, { picture, points, box, counts: candidate.counts, absent: false });
    if (stored && this.draft === draft) this.show(null);
  }

  close(): void {
    this.request?.abort();
  }

  /** The draft of this picture, or a new one, which is not shown yet. Makes a subject where there is none. */
  private async here(): Promise<Draft | null> {
    const { state, player, editable, add } = this.parts;
    if (!editable) return null;
    const picture = player.playhead;
    const masklet = state.getState().active ?? (await add());
    if (masklet === null) return null;
    const { draft, masklets } = state.getState();
    if (draft?.masklet === masklet && draft.picture === picture) return draft;
    const stored = masklets.find((each) => each.id === masklet)?.prompts.find((prompt) => prompt.picture === picture);
    const points = stored?.absent === false ? stored.points : [];
    const box = stored?.absent === false ? stored.box : null;
    return { masklet, picture, points, box, candidates: [], chosen: 0, waiting: false, drawn: null, before: null };
  }

  private kept(base: Draft): Draft | null {
    return base === this.draft ? base : null;
  }

  private async ask(draft: Draft): Promise<void> {
    this.request?.abort();
    const abort = new AbortController();
    this.request = abort;
    this.unanswered = false;
    this.parts.state.setState({ draft: { ...draft, waiting: true }, error: null });
    this.answer = this.hear(draft, abort.signal);
    await this.answer;
  }

  private async hear(draft: Draft, signal: AbortSignal): Promise<void> {
    const { masklet, picture, points, box, drawn } = draft;
    try {
      if (drawn) {
        const { counts } = await wire.draw(masklet, { picture, counts: drawn.base, steps: drawn.steps }, signal);
        if (!signal.aborted) this.show(answered(draft, counts));
      } else {
        const { candidates } = await wire.propose(masklet, { picture, points, box }, signal);
        if (!signal.aborted) this.show({ ...draft, candidates, chosen: 0, waiting: false });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!drawn) this.show({ ...draft, waiting: false });
      else if (asApiError(error).status !== 422) this.unanswered = true;
      else if (draft.before?.waiting) void this.ask(draft.before);
      else this.show(draft.before); // what cannot be drawn is not kept
      this.fail(error);
    }
  }

  private show(draft: Draft | null): void {
    this.parts.state.setState({ draft });
  }

  private fail(error: unknown): void {
    this.parts.state.setState({ error });
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
