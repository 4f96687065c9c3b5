/** Splits a Dockerfile into logical lines: continuations joined, comments dropped, parser directives read, heredocs collected. */
import { DockerfileError, type SourceRange } from './errors.ts';
import { findHeredocs, type Heredoc } from './heredoc.ts';

export interface LogicalLine extends SourceRange {
  text: string;
  heredocs: Heredoc[];
}

/** `escape`, `syntax` and `check` by name, as written. */
export type Directives = Partial<Record<'escape' | 'syntax' | 'check', string>>;

export interface LexedDockerfile {
  escape: string;
  directives: Directives;
  lines: LogicalLine[];
  warnings: { message: string; range: SourceRange }[];
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const COMMENT = /^\s*#/;
const KNOWN_DIRECTIVES = ['escape', 'syntax', 'check'] as const;

/** A Dockerfile of more than this is refused; real ones are a few kilobytes. */
const MAX_SOURCE_CHARS = 1024 * 1024;

/** Reads the source. Throws DockerfileError for a bad directive, an unterminated heredoc, binary or endless input. */
export function lexDockerfile(source: string): LexedDockerfile {
  const whole = { startLine: 1, endLine: 1 };
  if (source.includes('\0')) throw new DockerfileError('the Dockerfile is not a text file', whole);
  if (source.length > MAX_SOURCE_CHARS)
    throw new DockerfileError('the Dockerfile is larger than 1 MiB', whole);
  const physical = source.replace(/^\uFEFF/, '').split('\n');
  if (physical.at(-1) === '') physical.pop();
  return new Lexer(physical).run();
}

class Lexer {
  /** lines of the file, a carriage return at the end perhaps */
  private readonly physical: string[];
  private next = 0;
  private readonly result: LexedDockerfile = { escape: '\\', directives: {}, lines: [], warnings: [] };

  constructor(physical: string[]) {
    this.physical = physical;
  }

  run(): LexedDockerfile {
    this.readDirectives();
    while (this.next < this.physical.length) this.readLogicalLine();
    return this.result;
  }

  /** Directives stand before everything else; the first line that is none ends them (an unknown one too). */
  private readDirectives(): void {
    for (let index = 0; index < this.physical.length; index += 1) {
      const match = DIRECTIVE.exec(withoutReturn(this.physical[index]!).trimStart());
      const name = KNOWN_DIRECTIVES.find((known) => known === match?.[1]?.toLowerCase());
      if (match === null || name === undefined) return;
      const range = { startLine: index + 1, endLine: index + 1 };
      if (this.result.directives[name] !== undefined) {
        throw new DockerfileError(`only one ${name} parser directive can be used`, range);
      }
      const value = match[2]!;
      if (name === 'escape' && value !== '`' && value !== '\\') {
        throw new DockerfileError(`invalid escape token '${value}' does not match \` or \\`, range);
      }
      this.result.directives[name] = value;
      if (name === 'escape') this.result.escape = value;
    }
  }

  private readLogicalLine(): void {
    const startLine = this.next + 1;
    const first = withoutReturn(this.physical[this.next++]!);
    if (COMMENT.test(first) || first.trim() === '') return;
    let { text, continues } = this.cut(first.trimStart());
    let skippedEmpty = false;
    while (continues && this.next < this.physical.length) {
      const line = withoutReturn(this.physical[this.next++]!);
      if (COMMENT.test(line)) continue;
      if (line.trim() === '') {
        skippedEmpty = true;
        continue;
      }
      const part = this.cut(line);
      text += part.text;
      continues = part.continues;
    }
    const heredocs = findHeredocs(text);
    for (const heredoc of heredocs) this.readHeredoc(heredoc, startLine);
    const line = { text, heredocs, startLine, endLine: this.next };
    if (skippedEmpty) this.result.warnings.push({ message: 'Empty continuation line found', range: line });
    this.result.lines.push(line);
  }

  /** Takes the escape character off the end of a line; one that is itself escaped does not continue the line. */
  private cut(line: string): { text: string; continues: boolean } {
    const body = line.replace(/[ \t]+$/, '');
    const { escape } = this.result;
    if (!body.endsWith(escape) || body.at(-2) === escape) return { text: line, continues: false };
    return { text: body.slice(0, -1), continues: true };
  }

  private readHeredoc(heredoc: Heredoc, startLine: number): void {
    while (this.next < this.physical.length) {
      const line = this.physical[this.next++]!;
      const candidate = heredoc.chomp ? line.replace(/^\t+/, '') : line;
      if (withoutReturn(candidate) === heredoc.name) return;
      heredoc.content += `${candidate}\n`; // a carriage return belongs to the text
    }
    throw new DockerfileError('unterminated heredoc', { startLine, endLine: this.next });
  }
}

const withoutReturn = (line: string) => line.replace(/\r+$/, '');
