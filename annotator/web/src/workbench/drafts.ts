/** The draft: clicks, a box and drawings on one picture that become a prompt when one of their masks is accepted. */

import type { StoreApi } from "zustand/vanilla";

import { asApiError, type ApiError } from "../api/error";
import { t } from "../i18n";
import type { SubjectsState } from "./subjects";
import type * as wire from "./wire";

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
  /** Why there is no answer yet: what was asked is kept, and asked again with the next stroke or with Enter. */
  readonly unanswered: ApiError | null;
  /** Not null while the mask is one that was drawn, and not one of a click's. */
  readonly drawn: Drawn | null;
  /** The draft before the last click or stroke. */
  readonly before: Draft | null;
}

/** Something was drawn in it, also where a click has taken its place: only the person may throw that away. */
export function holdsDrawing(draft: Draft | null): boolean {
  return draft !== null && (draft.drawn !== null || holdsDrawing(draft.before));
}

/** The draft after one more thing was drawn on the mask `under`, which is not answered yet. */
export function drawnOn(draft: Draft, under: string | null, step: wire.DrawingStep, before: Draft | null): Draft {
  const open = pending(draft) ? draft.drawn : null;
  const drawn = open ? { base: open.base, steps: [...open.steps, step] } : { base: under, steps: [step] };
  const candidates = draft.candidates.slice(draft.chosen, draft.chosen + 1);
  return { ...draft, candidates, chosen: 0, drawn, waiting: true, unanswered: null, before };
}

/** The draft once the mask that was drawn is known. */
export function answered(draft: Draft, counts: string): Draft {
  const candidates = [{ counts, score: 1 }];
  return { ...draft, candidates, chosen: 0, waiting: false, unanswered: null, drawn: { base: counts, steps: [] } };
}

/** The draft without its last click, stroke or box; null when nothing is left of it. */
export function takenBack(draft: Draft): Draft | null {
  if (draft.before || draft.drawn) return draft.before;
  const next = draft.points.length > 0 ? { ...draft, points: draft.points.slice(0, -1) } : { ...draft, box: null };
  return next.points.length === 0 && !next.box ? null : { ...next, waiting: true };
}

export interface DraftParts {
  readonly state: StoreApi<SubjectsState>;
  readonly editable: boolean;
  readonly server: Pick<typeof wire, "draw" | "propose">;
  /** The picture that a click of this moment is on; null while that is not certain. */
  readonly picture: () => number | null;
  /** The mask that is shown of a subject on a picture. */
  readonly maskOf: (masklet: string, picture: number) => Promise<string | null>;
  readonly add: () => Promise<string | null>;
  /** False when it could not be stored. */
  readonly store: (masklet: string, prompt: wire.PromptRecord) => Promise<boolean>;
}

export class Drafts {
  private outlined: () => number | null = () => null;
  private request: AbortController | null = null;
  /** Settles when the masks of the present draft are there. */
  private answer: Promise<void> = Promise.resolve();
  /** Strokes wait for one another: each is drawn on what the one before it began. */
  private strokes: Promise<void> = Promise.resolve();
  /** Settles when what was accepted is stored. */
  private taking: Promise<void> = Promise.resolve();

  constructor(private readonly parts: DraftParts) {}

  private get draft(): Draft | null {
    return this.parts.state.getState().draft;
  }

  /** The corners of an outline that is not closed count as drawn: `outlined` tells the picture they are on. */
  watch(outlined: () => number | null): void {
    this.outlined = outlined;
  }

  /** Something is drawn that is not taken yet. */
  get held(): boolean {
    return holdsDrawing(this.draft) || this.outlined() !== null;
  }

  /** Whether no draft is open, before what concerns the whole subject or task; the bar asks for a decision where one is. */
  async free(): Promise<boolean> {
    await this.strokes;
    await this.taking;
    const free = this.draft === null && this.outlined() === null;
    if (!free) this.refuse();
    return free;
  }

  /** Whether something is drawn on this very picture, which the bar then asks about. */
  blocks(masklet: string, picture: number): boolean {
    const blocked = (holdsDrawing(this.draft) && this.isOn(masklet, picture)) || this.outlined() === picture;
    if (blocked) this.refuse();
    return blocked;
  }

  isOn(masklet: string, picture: number): boolean {
    return this.draft?.masklet === masklet && this.draft.picture === picture;
  }

  /** Clicks and their masks go with what they were about; what is drawn stays until the person says what becomes of it. */
  leave(): void {
    if (!holdsDrawing(this.draft)) this.discard();
  }

  /** A click: starts or refines the draft on this picture and asks for candidates. */
  async click(x: number, y: number, positive: boolean): Promise<void> {
    const base = await this.here(this.parts.picture());
    if (!base) return;
    const points = [...base.points, { x: round(x), y: round(y), positive }];
    await this.ask({ ...base, points, drawn: null, before: this.kept(base) });
  }

  /** `on` is the picture on which the box was begun. */
  async box(box: wire.BoxRecord, on: number | null = this.parts.picture()): Promise<void> {
    const base = await this.here(on);
    if (!base) return;
    const rounded = { x1: round(box.x1), y1: round(box.y1), x2: round(box.x2), y2: round(box.y2) };
    await this.ask({ ...base, box: rounded, points: [], drawn: null, before: this.kept(base) });
  }

  /** Draws on the draft's mask, or on the one that is shown on the picture. */
  draw(step: wire.DrawingStep, picture: number): Promise<void> {
    this.strokes = this.strokes.then(() => this.drawNow(step, picture));
    return this.strokes;
  }

  private async drawNow(step: wire.DrawingStep, picture: number): Promise<void> {
    let base = await this.here(picture);
    if (!base) return;
    const { masklet } = base;
    let below: string | null = null;
    if (maskIn(base) === null && !pending(base)) {
      try {
        below = await this.parts.maskOf(masklet, picture);
      } catch (error) {
        this.fail(error);
        return;
      }
      // Meanwhile a click may have come, or one been taken back.
      base = await this.here(picture, masklet);
      if (!base) return;
    }
    const under = maskIn(base) ?? below;
    if (under === null && !pending(base) && step.verb !== "add") {
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

  /**
   * The shown mask becomes the prompt of its picture. A stroke that is not answered yet is waited for; where there was no
   * answer it is asked for again, and taken the next time.
   */
  accept(): Promise<void> {
    this.taking = this.taking.then(() => this.take());
    return this.taking;
  }

  private async take(): Promise<void> {
    await this.strokes;
    if (this.draft?.unanswered) {
      await this.ask(this.draft);
      return;
    }
    if (this.draft?.drawn && this.draft.waiting) await this.answer;
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

  /**
   * The draft of a picture, or a new one, which is not shown yet. Makes a subject where there is none. Null where nothing
   * may be begun: what is drawn elsewhere comes first.
   */
  private async here(picture: number | null, of?: string): Promise<Draft | null> {
    const { state, editable, add } = this.parts;
    if (!editable || picture === null) return null;
    const masklet = of ?? state.getState().active ?? (await add());
    if (masklet === null) return null;
    const { draft, masklets } = state.getState();
    if (draft && this.isOn(masklet, picture)) return draft;
    const outlined = this.outlined();
    if (holdsDrawing(this.draft) || (outlined !== null && outlined !== picture)) {
      this.refuse();
      return null;
    }
    const stored = masklets.find((each) => each.id === masklet)?.prompts.find((prompt) => prompt.picture === picture);
    const points = stored?.absent === false ? stored.points : [];
    const box = stored?.absent === false ? stored.box : null;
    const nothing = { candidates: [], chosen: 0, waiting: false, unanswered: null, drawn: null, before: null };
    return { masklet, picture, points, box, ...nothing };
  }

  private kept(base: Draft): Draft | null {
    return base === this.draft ? base : null;
  }

  private async ask(draft: Draft): Promise<void> {
    this.request?.abort();
    const abort = new AbortController();
    this.request = abort;
    const asked = { ...draft, waiting: true, unanswered: null };
    this.parts.state.setState({ draft: asked, refused: false, error: null });
    this.answer = this.hear(asked, abort.signal);
    await this.answer;
  }

  private async hear(draft: Draft, signal: AbortSignal): Promise<void> {
    const { masklet, picture, points, box, drawn } = draft;
    const { server } = this.parts;
    try {
      if (drawn) {
        const { counts } = await server.draw(masklet, { picture, counts: drawn.base, steps: drawn.steps }, signal);
        if (!signal.aborted) this.show(answered(draft, counts));
      } else {
        const { candidates } = await server.propose(masklet, { picture, points, box }, signal);
        if (!signal.aborted) this.show({ ...draft, candidates, chosen: 0, waiting: false });
      }
    } catch (error) {
      if (signal.aborted) return;
      const told = asApiError(error);
      if (told.status !== 422) {
        this.show({ ...draft, unanswered: told });
        return;
      }
      if (!drawn) this.show({ ...draft, waiting: false });
      else if (draft.before?.waiting) void this.ask(draft.before);
      else this.show(draft.before); // what cannot be drawn is not kept
      this.fail(error);
    }
  }

  private show(draft: Draft | null): void {
    this.parts.state.setState({ draft, refused: false });
  }

  /** The bar says that what is drawn comes first. */
  refuse(): void {
    this.parts.state.setState({ refused: true });
  }

  private fail(error: unknown): void {
    this.parts.state.setState({ error });
  }
}

/** Something was drawn that is not answered yet. */
function pending(draft: Draft): boolean {
  return draft.drawn !== null && draft.waiting;
}

function maskIn(draft: Draft): string | null {
  return draft.candidates[draft.chosen]?.counts ?? null;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
