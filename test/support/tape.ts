/**
 * Plays tapes against the real program in a real terminal. Pictures: Screenshot writes PNG, and SVG beside it when asked;
 * Output writes .txt and .ascii (every screen shown). Films (.gif, .mp4, .webm) are left to vhs and named in the result.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startScreen, type TestScreen } from './screen.ts';
import { keyBytes } from './screen-keys.ts';
import { DEFAULT_THEME, renderPng, renderSvg, type Theme } from './screen-picture.ts';
import { parseTape, type TapeCommand, TapeError } from './tape-parse.ts';

export interface PlayOptions {
  /** 1 as the tape says; Infinity leaves out every pause and waits only for what Wait names */
  speed?: number;
  cwd?: string;
  /** added to the tape's own */
  env?: Record<string, string>;
  /** where relative paths of Output and Screenshot go; nothing is written when absent */
  outFolder?: string;
  /** also write the SVG of each screenshot */
  hasSvg?: boolean;
  /** texts of the tape that are something else here: { 'localhost:5000': '127.0.0.1:40123' } */
  replace?: Readonly<Record<string, string>>;
  /** sees what is shown, but for what is hidden */
  onOutput?: (bytes: Uint8Array) => void;
}

export interface PlayResult {
  /** the last screen, as text */
  text: string;
  written: string[];
  notWritten: string[];
}

interface Player {
  file: string;
  options: PlayOptions;
  settings: Map<string, string>;
  env: Record<string, string>;
  outputs: string[];
  /** started at the first command that needs it */
  screen?: TestScreen;
  isHidden: boolean;
  clipboard: string;
  frames: string[];
  result: PlayResult;
}

const DEFAULTS = {
  Width: 1200,
  Height: 600,
  FontSize: 22,
  Padding: 60,
  TypingSpeed: 50,
  WaitTimeout: 15_000,
} as const;
/** JetBrains Mono, vhs's font: advance and height of a cell. */
const CELL_EM = { width: 0.6, height: 1.32 } as const;
const PROMPT = '> ';

/** Throws TapeError naming the line, with the screen when a Wait was in vain. */
export async function playTape(file: string, options: PlayOptions = {}): Promise<PlayResult> {
  const player: Player = {
    file,
    options,
    settings: new Map(),
    env: {},
    outputs: [],
    isHidden: false,
    clipboard: '',
    frames: [],
    result: { text: '', written: [], notWritten: [] },
  };
  try {
    for (const command of readTape(file, options.replace)) await playCommand(player, command);
    player.result.text = player.screen?.text() ?? '';
    for (const output of player.outputs) writeOutput(player, output);
    return player.result;
  } finally {
    await player.screen?.close();
  }
}

/** All commands, those of sourced tapes in their place (without their Output, as vhs does). */
export function readTape(
  file: string,
  replace: PlayOptions['replace'] = {},
  isSourced = false,
): TapeCommand[] {
  let source = readFileSync(file, 'utf8');
  for (const [text, other] of Object.entries(replace)) source = source.replaceAll(text, other);
  return parseTape(source, file).flatMap((command) => {
    if (command.kind === 'output' && isSourced) return [];
    if (command.kind !== 'source') return [command];
    if (isSourced) throw new TapeError(`${file}:${command.line}: a sourced tape may not source another`);
    return readTape(resolve(dirname(file), command.text), replace, true);
  });
}

async function playCommand(player: Player, command: TapeCommand): Promise<void> {
  const { settings, env, options } = player;
  switch (command.kind) {
    case 'output':
      player.outputs.push(command.text);
      return;
    case 'set':
      if (player.screen && command.name !== 'TypingSpeed')
        throw errorAt(player, command, `Set ${command.name} must come first`);
      settings.set(command.name, command.text);
      return;
    case 'env':
      env[command.name] = command.text;
      return;
    case 'require':
      requireProgram(player, command, command.text);
      return;
    case 'hide':
    case 'show':
      player.isHidden = command.kind === 'hide';
      if (command.kind === 'show' && player.screen) options.onOutput?.(Buffer.from(redraw(player.screen)));
      return;
    case 'copy':
      player.clipboard = command.text;
      return;
    case 'sleep':
      return pause(player, command.ms);
    default:
      player.screen ??= await startShell(player);
      await act(player, player.screen, command);
      player.frames.push(player.screen.text());
  }
}

async function act(player: Player, screen: TestScreen, command: TapeCommand): Promise<void> {
  const typingMs = Number(player.settings.get('TypingSpeed') ?? DEFAULTS.TypingSpeed);
  switch (command.kind) {
    case 'type':
      for (const char of command.text) {
        screen.type(char);
        await pause(player, command.delayMs ?? typingMs);
      }
      return;
    case 'key':
      for (let i = 0; i < command.count; i++) {
        pressKey(player, screen, command);
        await pause(player, command.delayMs ?? typingMs);
      }
      return;
    case 'paste':
      screen.type(
        screen.terminal.modes.bracketedPasteMode ? `\x1b[200~${player.clipboard}\x1b[201~` : player.clipboard,
      );
      return;
    case 'wait':
      return wait(player, screen, command);
    case 'screenshot':
      return writeScreenshot(player, screen, command.text);
  }
}

function pressKey(player: Player, screen: TestScreen, command: TapeCommand & { kind: 'key' }): void {
  if (command.key.startsWith('Scroll')) {
    screen.terminal.scrollLines(command.key === 'ScrollUp' ? -1 : 1);
    return;
  }
  const bytes = keyBytes(command.key, command.modifiers);
  if (bytes === undefined) throw errorAt(player, command, `no key ${command.key}`);
  const isCursorKey = screen.terminal.modes.applicationCursorKeysMode && /^\x1b\[[A-D]$/.test(bytes);
  screen.type(isCursorKey ? bytes.replace('[', 'O') : bytes);
}

async function wait(
  player: Player,
  screen: TestScreen,
  command: TapeCommand & { kind: 'wait' },
): Promise<void> {
  const pattern = command.pattern ?? new RegExp(player.settings.get('WaitPattern') ?? '>$');
  const timeoutMs = command.timeoutMs ?? Number(player.settings.get('WaitTimeout') ?? DEFAULTS.WaitTimeout);
  const text = () => (command.scope === 'Line' ? screen.line() : screen.text());
  try {
    await screen.waitUntil(`${command.scope} ${pattern}`, () => pattern.test(text()), timeoutMs);
  } catch (error) {
    throw errorAt(player, command, (error as Error).message);
  }
}

/** vhs starts a plain shell with a prompt of its own and shows nothing before that prompt. */
async function startShell(player: Player): Promise<TestScreen> {
  const { settings, options } = player;
  const number = (name: keyof typeof DEFAULTS) => Number(settings.get(name) ?? DEFAULTS[name]);
  const fontSize = number('FontSize');
  const screen = startScreen({
    file: settings.get('Shell') ?? 'bash',
    args: /bash$/.test(settings.get('Shell') ?? 'bash') ? ['--noprofile', '--norc', '-i'] : ['-i'],
    env: { PS1: PROMPT, ENV: '', BASH_SILENCE_DEPRECATION_WARNING: '1', ...options.env, ...player.env },
    cols: Math.floor((number('Width') - 2 * number('Padding')) / (fontSize * CELL_EM.width)),
    rows: Math.floor((number('Height') - 2 * number('Padding')) / (fontSize * CELL_EM.height)),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    onOutput: (bytes) => player.isHidden || options.onOutput?.(bytes),
  });
  await screen.waitFor(PROMPT.trimEnd());
  return screen;
}

async function pause({ options }: Player, ms: number): Promise<void> {
  const { speed = 1 } = options;
  if (ms > 0 && speed !== Number.POSITIVE_INFINITY) await sleep(ms / speed);
}

function requireProgram(player: Player, command: TapeCommand, program: string): void {
  const env = { ...process.env, ...player.options.env, ...player.env };
  try {
    execFileSync('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', program], { env, stdio: 'ignore' });
  } catch {
    throw errorAt(player, command, `${program} is not on PATH`);
  }
}

async function writeScreenshot(player: Player, screen: TestScreen, path: string): Promise<void> {
  const { outFolder, hasSvg } = player.options;
  if (outFolder === undefined) return;
  const svg = renderSvg(screen.terminal, {
    theme: themeOf(player.settings.get('Theme')),
    hasCursor: screen.isCursorShown(),
  });
  write(player, join(outFolder, path), await renderPng(svg, 2));
  if (hasSvg) write(player, join(outFolder, path.replace(/\.png$/, '.svg')), svg);
}

const COLOUR_NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** A theme given as JSON; names of vhs's collection fall back to ours. */
function themeOf(text: string | undefined): Theme {
  if (!text?.startsWith('{')) return DEFAULT_THEME;
  const theme: Record<string, string> = JSON.parse(text);
  const bright = COLOUR_NAMES.map((name) => `bright${name[0]!.toUpperCase()}${name.slice(1)}`);
  return {
    colours: [...COLOUR_NAMES, ...bright].map((name, i) => theme[name] ?? DEFAULT_THEME.colours[i]!),
    foreground: theme['foreground'] ?? DEFAULT_THEME.foreground,
    background: theme['background'] ?? DEFAULT_THEME.background,
  };
}

function writeOutput(player: Player, path: string): void {
  const { outFolder } = player.options;
  if (outFolder === undefined || !/\.(txt|ascii)$/.test(path)) player.result.notWritten.push(path);
  else write(player, join(outFolder, path), player.frames.join(`\n${'─'.repeat(80)}\n`));
}

function write(player: Player, file: string, data: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
  player.result.written.push(file);
}

const redraw = (screen: TestScreen) => `\x1b[H\x1b[2J${screen.text().trimEnd().replaceAll('\n', '\r\n')}`;

const errorAt = ({ file }: Player, { line }: TapeCommand, problem: string) =>
  new TapeError(`${file}:${line}: ${problem}`);
