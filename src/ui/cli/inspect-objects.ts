/** What every inspect prints: a JSON list, or a template per object; missing ones are said after. */
import { DOCKER_STRUCTS } from '../format/docker-structs.ts';
import { jsonText } from '../format/printable.ts';
import { compileTemplate } from '../format/template/execute.ts';
import { TemplateError } from '../format/template/lexer.ts';
import type { CliIo } from './io.ts';
import { writeShown } from './listing.ts';
import { PlainError } from './plain-error.ts';
import { describeFailure } from './report.ts';

/** The kinds of objects whose fields Docker declares; templates know fields that their JSON leaves out. */
export type InspectedKind = 'Container' | 'Image' | 'Network' | 'Volume' | 'Info' | 'Version';

export interface Found {
  object: unknown;
  kind?: InspectedKind;
}

/** Looks up one object; throws when there is none. */
export type Finder = (name: string) => Promise<Found>;

/**
 * Prints what was found of `names`. What was found is printed even when some are missing or the template fits some not, as Docker
 * does. `missing` words an error ('Error: No such image: x').
 */
export async function inspectObjects(
  names: readonly string[],
  find: Finder,
  format: string | undefined,
  io: CliIo,
  missing: (error: unknown, name: string) => string,
): Promise<number> {
  const render = format === undefined || format === '' || format === 'json' ? undefined : templateOf(format);
  const found: unknown[] = [];
  const texts: string[] = [];
  const errors: string[] = [];
  for (const name of names) {
    try {
      const { object, kind } = await find(name);
      found.push(object);
      if (render !== undefined) texts.push(`${render(object, kind)}\n`);
    } catch (error) {
      if (error instanceof TemplateError) errors.push(`template parsing error: ${error.message}`);
      else if (describeFailure(error, '', false).text === undefined) throw error;
      else errors.push(missing(error, name));
    }
  }
  if (render !== undefined) await writeShown(io.stdout, texts.join('') || '\n');
  else await io.stdout.write(`${jsonText(found, format === 'json' ? undefined : 4)}\n`);
  if (errors.length > 0) await io.stderr.write(`${errors.join('\n')}\n`);
  return errors.length > 0 ? 1 : 0;
}

/** One reading for each kind; without a kind the object is a map. */
function templateOf(format: string): (object: unknown, kind: InspectedKind | undefined) => string {
  const renders = new Map<InspectedKind | undefined, (object: unknown) => string>();
  const compile = (kind: InspectedKind | undefined) =>
    compileTemplate(format, kind === undefined ? {} : { declared: { type: kind, structs: DOCKER_STRUCTS } });
  try {
    renders.set(undefined, compile(undefined));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new PlainError(`Template parsing error: ${error.message}`, 64);
  }
  return (object, kind) => {
    const render = renders.get(kind) ?? compile(kind);
    renders.set(kind, render);
    return render(object);
  };
}
