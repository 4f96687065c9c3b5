/** What images, containers and registries say is shown on a terminal, never obeyed by it. */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../src/engine/index.ts';
import { createPlain } from '../../src/ui/cli/build/plain.ts';
import { createTree } from '../../src/ui/cli/build/tree.ts';
import { inspectObjects } from '../../src/ui/cli/inspect-objects.ts';
import type { CliIo, Output } from '../../src/ui/cli/io.ts';
import { printListing } from '../../src/ui/cli/listing.ts';
import { daemonText, describeFailure } from '../../src/ui/cli/report.ts';
import { eventLine } from '../../src/ui/cli/verbs/events.ts';
import { printable, printableLines } from '../../src/ui/format/printable.ts';
import { tableText } from '../../src/ui/format/table.ts';
import { cellsOf, textOfCell } from '../../src/ui/screen/painter/line-cells.ts';
import { cleanLine } from '../../src/ui/screen/state/log-buffer.ts';

/** A title, a link, the clipboard, a one-byte CSI, a cleared screen, a forged line. */
const HOSTILE = '\x1b]0;title\x07\x1b]52;c;cm0=\x1b\\\u009b2J\x1b[2J\x07\x7f\r\nforged';
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

function collected(isTty: boolean): { io: CliIo; text(): string } {
  let text = '';
  const output: Output = {
    isTty,
    columns: () => 80,
    write: async (data) => {
      text += String(data);
    },
  };
  return { io: { stdout: output, stderr: output } as unknown as CliIo, text: () => text };
}

const listing = {
  headers: { Name: 'NAME', Labels: 'LABELS' },
  columns: ['Name', 'Labels'],
  rows: [{ Name: 'web', Labels: HOSTILE }],
  type: '*formatter.ContainerContext',
};

describe('a label with escape sequences', () => {
  it('is one line without controls in a table', () => {
    const text = tableText([['NAME'], [HOSTILE]]);
    expect(text).not.toMatch(CONTROL);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('\\x1b]0;title\\x07');
  });

  it.each([undefined, 'table {{.Name}}\t{{.Labels}}', 'json', '{{.Labels}}', '{{json .}}'])(
    'does not reach a terminal through ps --format %s',
    async (format) => {
      const { io, text } = collected(true);
      await printListing(listing, format, io);
      expect(text()).not.toMatch(CONTROL);
    },
  );

  it('reaches a program that reads a template as it is', async () => {
    const { io, text } = collected(false);
    await printListing(listing, '{{.Labels}}', io);
    expect(text()).toBe(`${HOSTILE}\n`);
  });

  it.each([undefined, 'json', '{{.Labels}}', '{{json .Labels}}'])(
    'does not reach a terminal through inspect --format %s',
    async (format) => {
      const { io, text } = collected(true);
      await inspectObjects(
        ['x'],
        async () => ({ object: { Labels: HOSTILE } }),
        format,
        io,
        () => '',
      );
      expect(text()).not.toMatch(CONTROL);
    },
  );

  it('means the same in the JSON of inspect', async () => {
    const { io, text } = collected(true);
    await inspectObjects(
      ['x'],
      async () => ({ object: { Labels: HOSTILE } }),
      undefined,
      io,
      () => '',
    );
    expect(JSON.parse(text())).toEqual([{ Labels: HOSTILE }]);
  });

  it('cannot forge a line among events', () => {
    const Actor = { ID: 'id', Attributes: { label: HOSTILE } };
    const event = { Type: 'container', Action: 'exec_create: \x1b[2J', Actor, time: 0, timeNano: 0 };
    const line = eventLine(event as unknown as Parameters<typeof eventLine>[0]);
    expect(line).not.toMatch(CONTROL);
    expect(line).not.toContain('\n');
  });
});

describe('an error that quotes an image', () => {
  it.each([new EngineError('INTERNAL', HOSTILE, { hint: HOSTILE }), new Error(HOSTILE)])(
    'says it without controls',
    (error) => {
      expect(daemonText(error)).not.toMatch(CONTROL);
      expect(describeFailure(error, 'run', true).text).not.toMatch(CONTROL);
    },
  );
});

describe('a build', () => {
  const step = { type: 'step', step: 1, name: HOSTILE } as const;

  it('prints names, output and warnings of steps without controls', async () => {
    const { io, text } = collected(false);
    const view = createPlain(io.stderr);
    view.show(step as Parameters<typeof view.show>[0]);
    const output = { type: 'output', step: 1, stream: 'stdout', data: Buffer.from(`${HOSTILE}\n`) };
    view.show(output as Parameters<typeof view.show>[0]);
    view.show({ type: 'warning', message: HOSTILE } as Parameters<typeof view.show>[0]);
    await view.end();
    expect(text()).toContain('forged');
    expect(text()).not.toMatch(CONTROL);
  });

  it('draws names of steps without controls', async () => {
    const { io, text } = collected(true);
    const view = createTree(io.stderr, () => 24, false);
    view.show(step as Parameters<typeof view.show>[0]);
    view.show({ type: 'warning', message: HOSTILE } as Parameters<typeof view.show>[0]);
    await view.end();
    // its own sequences move the cursor and hide it
    const rest = text().replace(/\x1b\[(?:\d*[AJ]|\?25[lh])|\r/g, '');
    expect(rest).toContain('forged');
    expect(rest).not.toMatch(CONTROL);
  });
});

describe('the screen', () => {
  it('takes titles, the clipboard and cursor movements out of log lines, colours stay', () => {
    expect(cleanLine('\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b]52;c;cm0=\x1b\\\u009b2J\x1b[2Jend')).toBe(
      '\x1b[31mred\x1b[0m 2Jend',
    );
  });

  it.each([
    '\x1b]0;title',
    '\x1bPq#0\x1b\\',
    '\x1b_app\x1b\\',
    '\x1b^pm\x07',
    '\x1bc',
    '\x1b',
    '\x9d0;x\x9c',
  ])('leaves no sequence of %j in a log line', (text) => expect(cleanLine(`a${text}`)).not.toMatch(CONTROL));

  it('draws no control character, whatever a pane hands it', () => {
    const { chars } = cellsOf(HOSTILE);
    const drawn = [...chars].filter((char) => char !== 0).map(textOfCell);
    expect(drawn.join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  });
});

describe('printable text', () => {
  it('shows controls and marks that reverse the reading direction, and leaves other languages alone', () => {
    expect(printable('a\x1b[1m\u009b\u202eb\tüは\n')).toBe('a\\x1b[1m\\x9b\\u202eb\\tüは\\n');
    expect(printableLines('a\n\tb\r\x07')).toBe('a\n\tb\\x0d\\x07');
  });
});
