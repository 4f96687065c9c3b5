import { expect, it } from 'vitest';
import type { LogLine } from '../../../src/engine/index.ts';
import { createLogResume } from '../../../src/ui/screen/data/log-resume.ts';

const at = (second: number): string => `2026-01-02T03:04:${String(second).padStart(2, '0')}.000000000Z`;
const line = (second: number, text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({
  time: at(second),
  stream,
  data: Buffer.from(text),
  isComplete: true,
});
const textsOf = (lines: readonly LogLine[]): string[] => lines.map(({ data }) => String(data));

it('shows the first line of the next run when the last one ended without a newline', () => {
  const resume = createLogResume();
  resume.begin();
  resume.fresh([line(1, 'begin'), line(2, 'end')]);
  expect(resume.since).toBe(at(2));
  resume.begin();
  expect(textsOf(resume.fresh([line(2, 'endbegin'), line(4, 'end')]))).toEqual(['begin', 'end']);
  expect(resume.since).toBe(at(4));
});

it('shows no line of the other stream twice that came behind a line without its end', () => {
  const resume = createLogResume();
  resume.begin();
  resume.fresh([line(2, 'error', 'stderr'), line(3, 'other', 'stderr')]);
  resume.fresh([line(1, 'prompt> ')]);
  expect(resume.since).toBe(at(3));
  resume.begin();
  expect(textsOf(resume.fresh([line(3, 'other', 'stderr'), line(4, 'new')]))).toEqual(['new']);
});

it('knows each line of the newest time once, of which a reading that broke off has told a part', () => {
  const resume = createLogResume();
  resume.begin();
  resume.fresh([line(1, 'same'), line(1, 'same'), line(1, 'same', 'stderr')]);
  resume.begin();
  expect(resume.fresh([line(1, 'same')])).toEqual([]);
  resume.begin();
  const again = [line(1, 'same'), line(1, 'same'), line(1, 'same', 'stderr'), line(1, 'fourth')];
  expect(textsOf(resume.fresh(again))).toEqual(['fourth']);
});
