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
import { carried, toFollow } from "./progress";
import * as wire from "./wire";

export interface SubjectsState {
  readonly masklets: readonly wire.Masklet[];
  readonly active: string | null;
  readonly hidden: ReadonlySet<string>;
  readonly draft: Draft | null;
  /** Something was refused because the draft has to be taken or discarded first. */
  readonly refused: boolean;
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
  /** The stream of events is open. */
  private hears = false;
  private locking: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly taskId: string,
    private readonly player: Player,
    /** Only the subject and verify steps may change subjects. */
    readonly editable: boolean,
    /** Asks the person before what no key takes back. */
    private readonly sure: (question: string) => boolean = (question) => window.confirm(question),
    private readonly server: typeof wire = wire,
  ) {
    this.state = createStore<SubjectsState>(() => ({
      masklets: [],
      active: null,
      hidden: new Set<string>(),
      draft: null,
      refused: false,
      busy: false,
      error: null,
    }));
    this.drafts = new Drafts({
      state: this.state,
      editable,
      server,
      picture: () => player.hold(),
      maskOf: async (masklet, picture) => {
        await this.loader.ready(masklet, picture);
        return player.maskOf(masklet, picture);
      },
      add: () => this.add(),
      store: (masklet, prompt) => this.prompt(masklet, prompt),
    });
    const onError = (error: unknown): void => {
      this.fail(error);
    };
    this.loader = new MaskLoader(player, onError, server.readMasks);
    this.state.subscribe((state, before) => {
      if (state.masklets !== before.masklets || state.hidden !== before.hidden) this.style();
      if (state.draft !== before.draft) this.showDraft(state.draft);
    });
  }

  get active(): wire.Masklet | null {
    const { active } = this.state.getState();
    return active === null ? null : this.find(active);
  }

  async load(): Promise<void> {
    try {
      const read = (await this.server.readMasklets(this.taskId)).filter((masklet) => masklet.state !== "removed");
      const masklets = await Promise.all(read.map((masklet) => this.recalled(carried(this.find(masklet.id), masklet))));
      const { active, draft } = this.state.getState();
      // Another tab or person may have removed it, or merged it into another.
      if (draft && !masklets.some(({ id }) => id === draft.masklet)) this.drafts.discard();
      const known = masklets.some((masklet) => masklet.id === active);
      this.state.setState({ masklets, active: known ? active : (masklets[0]?.id ?? null) });
      this.loadAll();
    } catch (error) {
      this.fail(error);
    }
  }

  select(id: string): void {
    if (id === this.state.getState().active) return;
    this.drafts.leave();
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
      const masklet = await this.server.addMasklet(this.taskId, label);
      this.drafts.leave();
      this.state.setState((state) => ({ masklets: [...state.masklets, masklet], active: masklet.id }));
      return masklet.id;
    }).finally(() => {
      this.creating = null;
    });
    return this.creating;
  }

  async rename(id: string, label: string): Promise<void> {
    await this.run(async () => {
      this.replace(await this.server.renameMasklet(id, label));
    });
  }

  async remove(id: string): Promise<void> {
    await this.run(async () => {
      await this.server.removeMasklet(id);
      this.loader.forget(id);
      if (this.state.getState().draft?.masklet === id) this.drafts.discard();
      this.state.setState((state) => {
        const masklets = state.masklets.filter((masklet) => masklet.id !== id);
        return { masklets, active: masklets[0]?.id ?? null };
      });
    });
  }

  /** The subject is not visible from this picture on, until its next prompt. */
  async markAbsent(): Promise<void> {
    const masklet = this.active;
    const picture = this.player.playhead;
    if (!masklet || this.drafts.blocks(masklet.id, picture)) return;
    const stored = await this.prompt(masklet.id, { picture, points: [], box: null, counts: null, absent: true });
    if (stored && this.drafts.isOn(masklet.id, picture)) this.drafts.leave();
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
      const left = await this.server.removePrompt(masklet.id, picture);
      this.replace(left);
      // What the prompt put over the track's mask is not that mask.
      this.player.addMasks({ subject: masklet.id, start: picture, counts: [null] });
      this.loader.outdate(masklet.id);
      this.loadMasks(left);
    });
  }

  /** The prompt of the active subject that holds at the playhead: the last one at or before it. */
  rulingPrompt(): wire.PromptRecord | null {
    const prompts = this.active?.prompts.filter((prompt) => prompt.picture <= this.player.playhead) ?? [];
    return prompts.reduce<wire.PromptRecord | null>((last, each) => (!last || each.picture > last.picture ? each : last), null);
  }

  /** Follows the subject: all that needs it, or that of a span, from the prompts on one side or on both. */
  async track(id: string, range?: { span: Span; direction: wire.Direction }): Promise<void> {
    if (!(await this.drafts.free())) return;
    await this.run(async () => {
      const to_follow = toFollow(this.find(id)?.track ?? null, range?.span);
      const track = await this.server.startTrack(id, range);
      this.setTrack(id, { ...track, to_follow });
      if (track.state === "done") this.loadAll();
    });
  }

  /** Changes the locked spans. One change waits for the other, and begins with what that has made. */
  async lock(id: string, change: (locks: readonly Span[]) => readonly Span[]): Promise<void> {
    const changed = this.locking.then(() =>
      this.run(async () => {
        const masklet = this.find(id);
        if (masklet) this.replace(await this.server.putLocks(id, change(masklet.locks)));
      }),
    );
    this.locking = changed;
    await changed;
  }

  /** Takes up an older version as a new one: its masks, prompts and locks. */
  async restore(id: string, version: number): Promise<void> {
    if (!(await this.mayRestore(id))) return;
    await this.run(async () => {
      this.replace(await this.server.restoreTrack(id, version));
      this.loadAll();
    });
  }

  /** Takes up the last finished version before the one that is shown; once more, and it is back. */
  async restoreBefore(id: string): Promise<void> {
    if (!(await this.mayRestore(id))) return;
    await this.run(async () => {
      const done = (await this.server.readTracks(id)).filter((track) => track.state === "done");
      const before = done[done.findIndex((track) => track.current) + 1];
      if (!before) throw new Error(t("wb.versions.noneBefore"));
      this.replace(await this.server.restoreTrack(id, before.version));
      this.loadAll();
    });
  }

  /** The picture and all after it become a new subject, if the person is sure. */
  async split(id: string, picture: number): Promise<void> {
    const masklet = this.find(id);
    if (!masklet || !(await this.drafts.free())) return;
    if (!this.sure(t("wb.split.sure", { name: nameOf(masklet), picture }))) return;
    if (await this.run(() => this.server.splitMasklet(id, picture))) await this.load();
  }

  /** The masks of another one are added and it is removed, if the person is sure. */
  async merge(id: string, other: string): Promise<void> {
    const [one, two] = [this.find(id), this.find(other)];
    if (!one || !two || !(await this.drafts.free())) return;
    if (!this.sure(t("wb.merge.sure", { name: nameOf(one), other: nameOf(two) }))) return;
    if (!(await this.run(() => this.server.mergeMasklets(id, other)))) return;
    this.loader.forget(other);
    await this.load();
  }

  async cancel(id: string): Promise<void> {
    const track = this.find(id)?.track;
    if (!track) return;
    await this.run(async () => {
      await this.server.cancelTrack(track.id);
    });
  }

  /** Events are heard from now on: a track that runs is read from here, so that nothing lies between both. */
  opened(): void {
    this.hears = true;
    const running = this.state.getState().masklets.filter(({ track }) => track?.state === "running");
    for (const { id } of running) this.loader.outdate(id);
    if (running.length > 0) void this.load();
  }

  /** Server-sent events of the topics `masklet:{id}`. */
  receive(event: ServerEvent): void {
    if (event.name === "masks") this.receiveMasks(event.data as wire.MaskBatch);
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

  private find(id: string): wire.Masklet | null {
    return this.state.getState().masklets.find((masklet) => masklet.id === id) ?? null;
  }

  /** On a page that opens while a subject is followed again: with what the last finished track says. */
  private async recalled(masklet: wire.Masklet): Promise<wire.Masklet> {
    const { id, track } = masklet;
    if (track?.state !== "running" || track.presence || track.version === 1) return masklet;
    const done = (await this.server.readTracks(id)).find(({ state }) => state === "done");
    return done ? carried({ ...masklet, track: done }, masklet) : masklet;
  }

  /** What was changed since the last track goes when a version is restored: the person is asked. */
  private async mayRestore(id: string): Promise<boolean> {
    if (!(await this.drafts.free())) return false;
    const masklet = this.find(id);
    if (!masklet?.track) return false;
    const followed = masklet.track.state === "done" && !masklet.track.stale;
    return followed || this.sure(t("wb.version.sure", { name: nameOf(masklet) }));
  }

  private async prompt(id: string, prompt: wire.PromptRecord): Promise<boolean> {
    const stored = await this.run(async () => {
      this.replace(await this.server.putPrompt(id, prompt));
      this.player.addMasks({ subject: id, start: prompt.picture, counts: [prompt.counts] });
      return true;
    });
    return stored ?? false;
  }

  private receiveMasks(data: wire.MaskBatch): void {
    const masklet = this.state.getState().masklets.find((each) => each.track?.id === data.track_id);
    if (!masklet?.track) return;
    this.loader.outdate(masklet.id);
    for (const frame of data.frames) {
      if (!this.loader.isNews(masklet.id, data.track_id, frame.picture, data.given, frame.counts)) continue;
      this.player.addMasks({ subject: masklet.id, start: frame.picture, counts: [frame.counts] });
    }
    const done = masklet.track.pictures_done + data.frames.length;
    const stale_spans = data.frames.reduce<readonly Span[]>(
      (spans, { picture }) => without(spans, [picture, picture]),
      masklet.track.stale_spans,
    );
    const most = masklet.track.to_follow ?? this.player.table.count;
    this.setTrack(masklet.id, { ...masklet.track, stale_spans, pictures_done: Math.min(done, most) });
  }

  private hasGiven(id: string, of: string, given: number): void {
    const track = this.find(id)?.track;
    if (track?.id !== of || track.state !== "running" || track.pictures_done >= given) return;
    this.setTrack(id, { ...track, pictures_done: Math.min(given, track.to_follow ?? this.player.table.count) });
  }

  private receiveTrack(track: wire.Track): void {
    const masklet = this.find(track.masklet_id);
    if (!masklet) return;
    const known = masklet.track?.id === track.id;
    if (known) this.setTrack(masklet.id, track);
    // Another one is of another tab, or a version that was taken up again.
    if (!known || track.state !== "running") void this.load();
  }

  private setTrack(id: string, track: wire.Track): void {
    const masklet = this.find(id);
    if (masklet) this.replace({ ...masklet, track });
  }

  private replace(masklet: wire.Masklet): void {
    this.state.setState((state) => ({
      masklets: state.masklets.map((each) => (each.id === masklet.id ? carried(each, masklet) : each)),
    }));
  }

  private loadAll(): void {
    for (const masklet of this.state.getState().masklets) this.loadMasks(masklet);
  }

  private loadMasks(masklet: wire.Masklet): void {
    const { track } = masklet;
    const prompts = () => this.find(masklet.id)?.prompts ?? [];
    if (track?.state === "done") this.loader.load(masklet.id, track.id, prompts);
    if (track?.state === "running" && this.hears) {
      this.loader.load(masklet.id, track.id, prompts, (given) => {
        this.hasGiven(masklet.id, track.id, given);
      });
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
    const masklet = draft && this.find(draft.masklet);
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
