/** What is known of a build in progress: its steps with their states, times and output, and why it failed. */
import type { BuildEvent, BuildFailure } from '../../../engine/index.ts';
import { OutputLines } from '../../format/output-lines.ts';

export interface BuildStep {
  id: number;
  name: string;
  state: 'running' | 'done' | 'cached' | 'failed' | 'canceled';
  /** milliseconds since 1970 */
  startedAt: number;
  /** milliseconds, once it has ended */
  durationMs: number | undefined;
  /** What is being fetched or copied; '' when nothing is told. */
  progress: string;
  /** Output as it came; the last one may be unfinished. */
  lines: readonly string[];
}

export interface Build {
  steps: readonly BuildStep[];
  warnings: readonly string[];
  failed?: { message: string; failure: BuildFailure | undefined };
}

/** Lines kept of one step. */
const MAX_LINES = 2000;

export interface BuildBook {
  onEvent(event: BuildEvent): void;
  onFailed(message: string, failure: BuildFailure | undefined): void;
}

type StepParts = Partial<Omit<BuildStep, 'id'>>;

/** Calls back with the whole after each event. */
export function createBuildBook(onChange: (build: Build) => void): BuildBook {
  let build: Build = { steps: [], warnings: [] };
  const outputs = new Map<number, OutputLines>();
  const set = (parts: Partial<Build>) => {
    build = { ...build, ...parts };
    onChange(build);
  };
  const change = (id: number, parts: (step: BuildStep) => StepParts) =>
    set({ steps: build.steps.map((step) => (step.id === id ? { ...step, ...parts(step) } : step)) });
  return {
    onEvent(event) {
      switch (event.type) {
        case 'step':
          outputs.set(event.step, new OutputLines());
          return set({ steps: [...build.steps.filter(({ id }) => id !== event.step), begun(event)] });
        case 'output':
          return change(event.step, ({ lines }) => ({
            lines: withOutput(lines, outputs.get(event.step)!, event.data),
          }));
        case 'progress':
          return change(event.step, (step) => ({ progress: progressText(event), lines: step.lines }));
        case 'done':
          return change(event.step, () => ({
            state: event.isCached ? 'cached' : 'done',
            durationMs: event.durationMs,
            progress: '',
          }));
        case 'failed':
          return change(event.step, (step) => ({
            state: event.isCanceled ? 'canceled' : 'failed',
            durationMs: Date.now() - step.startedAt,
          }));
        case 'warning':
          return set({ warnings: [...build.warnings, event.message] });
      }
    },
    onFailed: (message, failure) => set({ failed: { message, failure } }),
  };
}

const begun = ({ step, name }: BuildEvent & { type: 'step' }): BuildStep => ({
  id: step,
  name,
  state: 'running',
  startedAt: Date.now(),
  durationMs: undefined,
  progress: '',
  lines: [],
});

/** `lines` with more of them; the last one is open, as in `output`. */
function withOutput(lines: readonly string[], output: OutputLines, data: Uint8Array): readonly string[] {
  const added = [...output.push(data), output.open].map((line) => line.replace(/\r+$/, ''));
  return [...lines.slice(0, -1), ...added].slice(-MAX_LINES);
}

function progressText({ label, current, total }: BuildEvent & { type: 'progress' }): string {
  if (total !== undefined && total > 0) return `${label} ${Math.floor((100 * current) / total)}%`;
  return label;
}

/** The step whose output is looked at: the chosen one, else the failed one, else the last running one. */
export function shownStep({ steps }: Build, chosen: number | undefined): BuildStep | undefined {
  return (
    steps.find(({ id }) => id === chosen) ??
    steps.find(({ state }) => state === 'failed') ??
    steps.findLast(({ state }) => state === 'running') ??
    steps.at(-1)
  );
}
