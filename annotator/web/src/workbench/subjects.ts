/** The subjects of a task: clicks to candidates, candidates to prompts, prompts to tracks, masks as they are made. */

import { createStore, type StoreApi } from "zustand/vanilla";

import type { ServerEvent } from "../api/events";
import { t } from "../i18n";
import type { Player } from "../player/player";
import type { TrackStyle } from "../player/messages";
import { without, type Span } from "../timeline/spans";
import { colorOf } from "./colors";
import { Drafts, type Draft } from "./drafts";
import { MaskLoader } from "./maskLoader";
import * as wire from "./wire";

export interface SubjectsState {
  readonly masklets: readonly wire.Masklet[];
  readonly active: string | null;
  readonly hidden: ReadonlySet<string>;
  readonly draft: Draft | null;
  readonly busy: boolean;
  readonly error: unknown;
}

export function nameOf(masklet: wire.Masklet): string {
  return masklet.label || t("wb.subject.unnamed", { number: String(masklet.number) });
}

export class Subjects {
  readonly state: StoreApi<SubjectsState>;
  readonly drafts: Drafts;
  private readonly loader: MaskLoader;
  private creating: Promise<string | null> | null = null;

  constructor(
    private readonly taskId: string,
    private readonly player: Player,
    /** Only the subject and verify steps may change subjects. */
    readonly editable: boolean,
  ) {
    this.state = createStore<SubjectsState>(() => ({
      masklets: [],
      active: null,
      hidden: new Set<string>(),
      draft: null,
      busy: false,
      error: null,
    }));
    this.drafts = new Drafts({
      state: this.state,
      player,
      editable,
      add: () => this.add(),
      store: (masklet, prompt) => this.prompt(masklet, prompt),
    });
    this.loader = new MaskLoader(player, (error) => {
      this.fail(error);
    });
    this.state.subscribe((state, before) => {
      if (state.masklets !== before.masklets || state.hidden !== before.hidden) this.style();
      if (state.draft !== before.draft) this.showDraft(state.draft);
    });
  }

  get active(): wire.Masklet | null {
    const { masklets, active } = this.state.getState();
    return masklets.find((masklet) => masklet.id === active) ?? null;
  }

  async load(): Promise<void> {
    try {
      const masklets = (await wire.readMasklets(this.taskId)).filter((masklet) => masklet.state !== "removed");
      const { active } = this.state.getState();
      const known = masklets.some((masklet) => masklet.id === active);
      this.state.setState({ masklets, active: known ? active : (masklets[0]?.id ?? null), error: null });
      this.loadAll();
    } catch (error) {
      this.fail(error);
    }
  }

  select(id: string): void {
    if (id === this.state.getState().active) return;
    this.drafts.discard();
    this.state.setState({ active: id });
  }

  toggleHidden(id: string): void {
    const hidden = new Set(this.state.getState().hidden);
    if (!hidden.delete(id)) hidden.add(id);
    this.state.setState({ hidden });
  }

  async add(label = ""): Promise<string | null> {
    // Two quick clicks on an empty scene are one subject.
    this.creating ??= this.run(async () => {
      const masklet = await wire.addMasklet(this.taskId, label);
      this.state.setState((state) => ({ masklets: [...state.masklets, masklet], active: masklet.id, draft: null }));
      return masklet.id;
    }).finally(() => {
      this.creating = null;
    });
    return this.creating;
  }

  async rename(id: string, label: string): Promise<void> {
    await this.run(async () => {
      this.replace(await wire.renameMasklet(id, label));
    });
  }

  async remove(id: string): Promise<void> {
    await this.run(async () => {
      await wire.removeMasklet(id);
      this.loader.forget(id);
      this.state.setState((state) => {
        const masklets = state.masklets.filter((masklet) => masklet.id !== id);
        return { masklets, active: masklets[0]?.id ?? null, draft: null };
      });
    });
  }

  /** The subject is not visible from this picture on, until its next prompt. */
  async markAbsent(): Promise<void> {
    const masklet = this.active;
    if (!masklet) return;
    this.drafts.discard();
    await this.prompt(masklet.id, { picture: this.player.playhead, points: [], box: null, counts: null, absent: true });
  }

  /** Takes back the absence that holds at the playhead. */
  async markPresent(): Promise<void> {
    const ruling = this.rulingPrompt();
    if (ruling?.absent) await this.removePrompt(ruling.picture);
  }

  async removePrompt(picture: number): Promise<void> {
    const masklet = this.active;
    if (!masklet) return;
    await this.run(async () => {
      const left = await wire.removePrompt(masklet.id, picture);
      this.replace(left);
      if (!left.track) this.player.addMasks({ subject: masklet.id, start: picture, counts: [null] });
    });
  }

  /** The prompt of the active subject that holds at the playhead: the last one at or before it. */
  rulingPrompt(): wire.PromptRecord | null {
    const prompts = this.active?.prompts.filter((prompt) => prompt.picture <= this.player.playhead) ?? [];
    return prompts.reduce<wire.PromptRecord | null>((last, each) => (!last || each.picture > last.picture ? each : last), null);
  }

  /** Follows the subject: all that needs it, or that of a span, from the prompts on one side or on both. */
  async track(id: string, range?: { span: Span; direction: wire.Direction }): Promise<void> {
    await this.run(async () => {
      const track = await wire.startTrack(id, range);
      this.setTrack(id, track);
      if (track.state === "done") this.loadAll();
    });
  }

  /** Locks exactly these spans of pictures. */
  async lock(id: string, spans: readonly Span[]): Promise<void> {
    await this.run(async () => {
      this.replace(await wire.putLocks(id, spans));
    });
  }

  /** Takes up an older version as a new one: its masks, prompts and locks. */
  async restore(id: string, version: number): Promise<void> {
    this.drafts.discard();
    await this.run(async () => {
      this.replace(await wire.restoreTrack(id, version));
      this.loadAll();
    });
  }

  /** Takes up the last finished version before the one that is shown; once more, and it is back. */
  async restoreBefore(id: string): Promise<void> {
    await this.run(async () => {
      const done = (await wire.readTracks(id)).filter((track) => track.state === "done");
      const before = done[done.findIndex((track) => track.current) + 1];
      if (!before) throw new Error(t("wb.versions.noneBefore"));
      this.drafts.discard();
      this.replace(await wire.restoreTrack(id, before.version));
      this.loadAll();
    });
  }

  async split(id: string, picture: number): Promise<void> {
    this.drafts.discard();
    await this.run(() => wire.splitMasklet(id, picture));
    await this.load();
  }

  async merge(id: string, other: string): Promise<void> {
    this.drafts.discard();
    const merged = await this.run(() => wire.mergeMasklets(id, other));
    if (merged) this.loader.forget(other);
    await this.load();
  }

  async cancel(id: string): Promise<void> {
    const track = this.state.getState().masklets.find((masklet) => masklet.id === id)?.track;
    if (!track) return;
    await this.run(async () => {
      await wire.cancelTrack(track.id);
    });
  }

  /** Server-sent events of the topics `masklet:{id}`. */
  receive(event: ServerEvent): void {
    if (event.name === "masks") this.receiveMasks(event.data as { track_id: string; frames: readonly wire.MaskFrame[] });
    if (event.name === "joined") void this.load();
    if (event.name === "track") this.receiveTrack(wire.trackOf(event.data as Parameters<typeof wire.trackOf>[0]));
  }

  dismissError(): void {
    this.state.setState({ error: null });
  }

  close(): void {
    this.drafts.close();
    this.loader.close();
  }

  private async prompt(id: string, prompt: wire.PromptRecord): Promise<boolean> {
    const stored = await this.run(async () => {
      this.replace(await wire.putPrompt(id, prompt));
      this.player.addMasks({ subject: id, start: prompt.picture, counts: [prompt.counts] });
      return true;
    });
    return stored ?? false;
  }

  private receiveMasks(data: { track_id: string; frames: readonly wire.MaskFrame[] }): void {
    const masklet = this.state.getState().masklets.find((each) => each.track?.id === data.track_id);
    if (!masklet?.track) return;
    for (const frame of data.frames) {
      this.player.addMasks({ subject: masklet.id, start: frame.picture, counts: [frame.counts] });
    }
    const done = masklet.track.pictures_done + data.frames.length;
    const stale_spans = data.frames.reduce<readonly Span[]>(
      (spans, { picture }) => without(spans, [picture, picture]),
      masklet.track.stale_spans,
    );
    this.setTrack(masklet.id, { ...masklet.track, stale_spans, pictures_done: Math.min(done, this.player.table.count) });
  }

  private receiveTrack(track: wire.Track): void {
    const masklet = this.state.getState().masklets.find((each) => each.id === track.masklet_id);
    if (!masklet) return;
    const known = masklet.track?.id === track.id;
    if (known) this.setTrack(masklet.id, track);
    // Another one is of another tab, or a version that was taken up again.
    if (!known || track.state !== "running") void this.load();
  }

  private setTrack(id: string, track: wire.Track): void {
    this.state.setState((state) => ({
      masklets: state.masklets.map((masklet) => (masklet.id === id ? { ...masklet, track } : masklet)),
    }));
  }

  private replace(masklet: wire.Masklet): void {
    this.state.setState((state) => ({
      masklets: state.masklets.map((each) => (each.id === masklet.id ? masklet : each)),
    }));
  }

  private loadAll(): void {
    for (const masklet of this.state.getState().masklets) this.loadMasks(masklet);
  }

  private loadMasks(masklet: wire.Masklet): void {
    const { track } = masklet;
    if (track?.state === "done") {
      this.loader.load(masklet.id, track.id, masklet.prompts);
    }
    if (track) return;
    for (const prompt of masklet.prompts) {
      if (prompt.counts) this.player.addMasks({ subject: masklet.id, start: prompt.picture, counts: [prompt.counts] });
    }
  }

  private style(): void {
    const { masklets, hidden } = this.state.getState();
    this.player.setStyles(
      masklets.map(
        (masklet): TrackStyle => ({
          subject: masklet.id,
          color: colorOf(masklet.colour),
          visible: !hidden.has(masklet.id),
          stale: masklet.track?.stale_spans ?? [],
        }),
      ),
    );
  }

  private showDraft(draft: Draft | null): void {
    const candidate = draft?.candidates[draft.chosen];
    const masklet = this.state.getState().masklets.find((each) => each.id === draft?.masklet);
    this.player.setCandidate(draft?.masklet ?? "", draft?.picture ?? 0, candidate?.counts ?? null, colorOf(masklet?.colour ?? 0));
  }

  private async run<T>(work: () => Promise<T>): Promise<T | null> {
    this.state.setState({ busy: true, error: null });
    try {
      return await work();
    } catch (error) {
      this.fail(error);
      return null;
    } finally {
      this.state.setState({ busy: false });
    }
  }

  private fail(error: unknown): void {
    this.state.setState({ error });
  }
}
