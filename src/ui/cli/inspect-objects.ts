/** What every inspect prints: a JSON list, or a template per object; missing ones are said after. */
import { jsonText } from '../format/printable.ts';
import { compileTemplate } from '../format/template/execute.ts';
import { TemplateError } from '../format/template/parse.ts';
import type { CliIo } from './io.ts';
import { writeShown } from './listing.ts';
import { describeFailure, PlainError } from './report.ts';

/** Looks up one object; throws when there is none. */
export type Finder = (name: string) => Promise<unknown>;

/**
 * Prints what was found of `names`. Without a template the list is printed even when some are missing, as Docker does.
 * `missing` words an error ('Error: No such image: x').
 */
export async function inspectObjects(
  names: readonly string[],
  find: Finder,
  format: string | undefined,
  io: CliIo,
  missing: (error: unknown, name: string) => string,
): Promise<number> {
  const render = format === undefined || format === '' || format === 'json' ? undefined : compile(format);
  const found: unknown[] = [];
  const errors: string[] = [];
  for (const name of names) {
    try {
      found.push(await find(name));
    } catch (error) {
      if (describeFailure(error, '', false).text === undefined) throw error;
      errors.push(missing(error, name));
    }
  }
  if (render !== undefined) {
    for (const object of found) await writeShown(io.stdout, `${run(render, object)}\n`);
    if (found.length === 0) await io.stdout.write('\n');
  } else await io.stdout.write(`${jsonText(found, format === 'json' ? undefined : 4)}\n`);
  if (errors.length > 0) await io.stderr.write(`${errors.join('\n')}\n`);
  return errors.length > 0 ? 1 : 0;
}

function compile(format: string): (value: unknown) => string {
  try {
    return compileTemplate(format);
  } catch (error) {
    throw error instanceof TemplateError
      ? new PlainError(`Template parsing error: ${error.message}`, 64)
      : error;
  }
}

function run(render: (value: unknown) => string, object: unknown): string {
  try {
    return render(object);
  } catch (error) {
    throw error instanceof TemplateError
      ? new PlainError(`\ntemplate parsing error: ${error.message}`)
      : error;
  }
}
