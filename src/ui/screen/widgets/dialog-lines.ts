/** What each dialog says, as ready lines. Pure. */
import { menuOf, menuTitle } from '../keys/places.ts';
import type { Dialog, MenuDialog, ScreenState } from '../state/types.ts';
import { fitStyled, fitText, styledWidth, wrapStyled, wrapWords } from './fit.ts';
import { helpLines } from './help-lines.ts';
import { jobContent, jobsContent } from './job-lines.ts';
import { theme } from './theme.ts';

/** Content of a dialog before it is framed. */
export interface DialogContent {
  title: string;
  lines: readonly string[];
  note: string;
  /** First line shown; undefined = the end. */
  top: number | undefined;
  /** Cells wanted, the frame included. */
  width: number;
  /** Rows wanted, the frame included; as many as there are lines when absent. */
  height?: number;
}

export function dialogContent(state: ScreenState, dialog: Exclude<Dialog, { kind: 'stats' }>): DialogContent {
  const max = Math.max(20, state.size.columns - 4);
  switch (dialog.kind) {
    case 'menu':
      return menuContent(state, dialog, max);
    case 'confirm':
      return sized(
        {
          title: dialog.title,
          lines: wrapAll(['', ...dialog.lines, ''], max - 4),
          note: [...dialog.choices, { key: 'n', label: 'no' }]
            .map(({ key, label }) => `${theme.bold(key)} ${label}`)
            .join('  '),
          top: 0,
        },
        44,
        max,
      );
    case 'prompt':
      return {
        title: dialog.title,
        lines: ['', promptLine(dialog, Math.min(max, 72) - 4), ''],
        // a suggestion is there to be changed, or thrown away at once
        note: dialog.edit.text === '' ? 'Enter · Esc' : 'Enter · ^U clears · Esc',
        top: 0,
        width: Math.min(max, 72),
      };
    case 'help':
      return sized(
        { title: 'Keys', lines: helpLines(state, max - 4), note: 'j k · Esc', top: dialog.top },
        60,
        max,
      );
    case 'message':
      return sized(
        {
          title: dialog.title,
          lines: dialog.lines.flatMap((line) => wrapWords(line, max - 4)),
          note: 'Esc',
          top: dialog.top,
        },
        44,
        max,
      );
    case 'job':
    case 'build':
      return jobContent(state, dialog, max);
    case 'jobs':
      return jobsContent(state, dialog, max);
  }
}

const sized = (content: Omit<DialogContent, 'width'>, least: number, max: number): DialogContent => ({
  ...content,
  width: Math.min(
    max,
    Math.max(least, styledWidth(content.title) + 8, ...content.lines.map((line) => styledWidth(line) + 4)),
  ),
});

const wrapAll = (lines: readonly string[], width: number): string[] =>
  lines.flatMap((line) => wrapStyled(line, width));

function menuContent(state: ScreenState, dialog: MenuDialog, max: number): DialogContent {
  const menu = menuOf(state, dialog);
  const top = Math.max(0, menu.cursor - state.size.rows + 8);
  const content = { title: menuTitle(state, dialog), lines: menuLines(menu), note: 'Enter · Esc', top };
  return sized(content, 36, max);
}

function menuLines({ items, cursor }: ReturnType<typeof menuOf>): string[] {
  if (items.length === 0) return [' the list has changed '];
  const width = Math.max(...items.map(({ label }) => label.length), 24);
  return items.map(({ label, keys }, index) => {
    const line = ` ${fitText(keys, 6)} ${fitText(label, width)} `;
    return index === cursor ? theme.selected(line) : line;
  });
}

function promptLine({ edit, isSecret }: Dialog & { kind: 'prompt' }, width: number): string {
  const text = isSecret ? '•'.repeat([...edit.text].length) : edit.text;
  const at = isSecret ? [...edit.text.slice(0, edit.at)].length : edit.at;
  return editLineText(text, at, width);
}

/** A line being typed with a block cursor; a long one shows its end. */
export function editLineText(text: string, at: number, width: number): string {
  const under = [...text.slice(at)][0] ?? ' ';
  let before = text.slice(0, at);
  while (styledWidth(before) > width - 2) before = before.slice([...before][0]!.length);
  return fitStyled(
    before + theme.selected(under) + text.slice(at + (under === ' ' && at >= text.length ? 0 : under.length)),
    width,
  );
}
