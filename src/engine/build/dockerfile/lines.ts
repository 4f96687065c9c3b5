/** Splits a Dockerfile into logical lines: continuations joined, comments dropped, parser directives read, heredocs collected. */
import { DockerfileError, type SourceRange } from './errors.ts';
import type { Heredoc } from './heredoc.ts';
import { trimmedStart } from './space.ts';

export interface LogicalLine extends SourceRange {
  text: string;
}

/** `escape`, `syntax` and `check` by name, as written. */
export type Directives = Partial<Record<'escape' | 'syntax' | 'check', string>>;

const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*$/;
const KNOWN_DIRECTIVES = ['escape', 'syntax', 'check'] as const;

/** A Dockerfile of more than this is refused; real ones are a few kilobytes. */
const MAX_SOURCE_CHARS = 1024 * 1024;

/** Of one line of the file, as in BuildKit (Go's bufio.MaxScanTokenSize). */
const MAX_LINE_BYTES = 65_535;

/** A Dockerfile line by line; a caller who finds heredocs in a line takes their contents before the next one. */
export class DockerfileLines {
  escape = '\\';
  readonly directives: Directives = {};
  readonly warnings: { message: string; range: SourceRange }[] = [];
  /** lines of the file, a carriage return at the end perhaps */
  private readonly physical: string[];
  private readonly hasTooLong: boolean;
  private position = 0;

  /** Reads the directives. Throws DockerfileError for a bad one, binary or endless input. */
  constructor(source: string) {
    const whole = { startLine: 1, endLine: 1 };
    if (source.includes('\0')) throw new DockerfileError('the Dockerfile is not a text file', whole);
    if (source.length > MAX_SOURCE_CHARS)
      throw new DockerfileError('the Dockerfile is larger than 1 MiB', whole);
    const physical = source.replace(/^\uFEFF/, '').split('\n');
    if (physical.at(-1) === '') physical.pop();
    const tooLong = physical.findIndex(
      (line) => line.length > MAX_LINE_BYTES / 4 && Buffer.byteLength(line) > MAX_LINE_BYTES,
    );
    this.hasTooLong = tooLong >= 0;
    this.physical = this.hasTooLong ? physical.slice(0, tooLong) : physical;
    this.readDirectives();
  }

  /** The next instruction with its continuations; undefined at the end. */
  next(): LogicalLine | undefined {
    while (this.position < this.physical.length) {
      const startLine = this.position + 1;
      const first = trimmedStart(this.take());
      if (first === '' || first.startsWith('#')) continue;
      let { text, continues } = this.cut(first);
      let skippedEmpty = false;
      while (continues && this.position < this.physical.length) {
        const line = this.take();
        const content = trimmedStart(line);
        skippedEmpty ||= content === '';
        if (content === '' || content.startsWith('#')) continue;
        const part = this.cut(line);
        text += part.text;
        continues = part.continues;
      }
      const line = { text, startLine, endLine: this.position };
      if (skippedEmpty) this.warnings.push({ message: 'Empty continuation line found', range: line });
      return line;
    }
    return undefined;
  }

  /** What follows up to the heredoc's name. Throws DockerfileError when the name doesn't come. */
  contentOf(heredoc: Heredoc, startLine: number): string {
    let content = '';
    while (this.position < this.physical.length) {
      const line = this.physical[this.position++]!;
      const candidate = heredoc.chomp ? line.replace(/^\t+/, '') : line;
      if (withoutReturn(candidate) === heredoc.name) return content;
      content += `${candidate}\n`; // a carriage return belongs to the text
    }
    throw new DockerfileError('unterminated heredoc', { startLine, endLine: this.position });
  }

  /** The number of the last line that was read, from 1. */
  get lineNumber(): number {
    return this.position;
  }

  /** Throws DockerfileError when a line was too long: all behind it is left out. */
  checkEnd(): void {
    if (!this.hasTooLong) return;
    const range = { startLine: this.position + 1, endLine: this.position + 1 };
    throw new DockerfileError(`dockerfile line greater than max allowed size of ${MAX_LINE_BYTES}`, range);
  }

  private take(): string {
    this.position += 1;
    return withoutReturn(this.physical[this.position - 1]!);
  }

  /** Directives stand before everything else; the first line that is none ends them (an unknown one too). */
  private readDirectives(): void {
    for (const [index, line] of this.physical.entries()) {
      const comment = trimmedStart(withoutReturn(line));
      const match = comment.startsWith('#') ? DIRECTIVE.exec(trimmedStart(comment.slice(1))) : null;
      const name = KNOWN_DIRECTIVES.find((known) => known === match?.[1]?.toLowerCase());
      if (match === null || name === undefined) return;
      const range = { startLine: index + 1, endLine: index + 1 };
      if (this.directives[name] !== undefined) {
        throw new DockerfileError(`only one ${name} parser directive can be used`, range);
      }
      const value = match[2]!;
      if (name === 'escape' && value !== '`' && value !== '\\') {
        throw new DockerfileError(`invalid escape token '${value}' does not match \` or \\`, range);
      }
      this.directives[name] = value;
      if (name === 'escape') this.escape = value;
    }
  }

  /** Takes the escape character off the end of a line; one that is itself escaped does not continue the line. */
  private cut(line: string): { text: string; continues: boolean } {
    const body = line.replace(/[ \t]+$/, '');
    if (!body.endsWith(this.escape) || body.at(-2) === this.escape) return { text: line, continues: false };
    return { text: body.slice(0, -1), continues: true };
  }
}

const withoutReturn = (line: string) => line.replace(/\r+$/, '');
