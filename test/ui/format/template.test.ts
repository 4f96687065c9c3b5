import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCKER_STRUCTS } from '../../../src/ui/format/docker-structs.ts';
import { compileTemplate } from '../../../src/ui/format/template/execute.ts';

interface Table {
  value: unknown;
  cases: { template: string; output?: string; error?: string; when?: 'read' | 'run' }[];
}

const table = JSON.parse(
  readFileSync(new URL('../../data/docker-templates.json', import.meta.url), 'utf8'),
) as Table;
const declared = { type: 'Container', structs: DOCKER_STRUCTS };

describe('templates of a container', () => {
  it.each(table.cases.filter(({ output }) => output !== undefined))(
    "print what Docker's print: $template",
    ({ template, output }) => {
      expect(compileTemplate(template, { declared })(table.value)).toBe(output);
    },
  );

  it.each(table.cases.filter(({ when }) => when === 'read'))(
    "are refused in Docker's words: $template",
    ({ template, error }) => {
      expect(messageOf(() => compileTemplate(template, { declared }))).toBe(error);
    },
  );

  it.each(table.cases.filter(({ when }) => when === 'run'))(
    "fail in Docker's words: $template",
    ({ template, error }) => {
      const render = compileTemplate(template, { declared });
      expect(messageOf(() => render(table.value))).toBe(error);
    },
  );
});

const row = { Label: (name: string) => `<${name}>`, Names: 'web' };

describe('templates of JSON', () => {
  const value = { Id: 'abc', Ports: [{ Port: 80 }], Labels: { a: 'b' }, Empty: null, At: 1.5 };

  it.each([
    ['{{.Id}} {{.ID}}', 'abc abc'],
    ['{{.Labels}} {{.Ports}} {{.Empty}}', 'map[a:b] [map[Port:80]] <no value>'],
    ['{{if .Empty}}a{{else if gt .At 1.0}}b{{else}}c{{end}}', 'b'],
    ['{{with .Empty}}x{{else}}-{{end}}{{range .Empty}}x{{else}}none{{end}}', '-none'],
    ['{{json .}}', '{"Id":"abc","Ports":[{"Port":80}],"Labels":{"a":"b"},"Empty":null,"At":1.5}'],
    ['{{"}}"}}', '}}'],
    ['one\n{{- "\\n" }}two', 'one\ntwo'],
  ])('%s gives %j', (source, expected) => {
    expect(compileTemplate(source)(value)).toBe(expected);
  });

  it('name line and column, counted in bytes, of what fails', () => {
    expect(messageOf(() => compileTemplate('é\n  {{.Id}}{{.Nope}}')(value))).toBe(
      'template: :2:11: executing "" at <.Nope>: map has no entry for key "Nope"',
    );
    expect(messageOf(() => compileTemplate('a\n\n{{nope}}'))).toBe(
      'template: :3: function "nope" not defined',
    );
  });

  it("names a row's type when a field is unknown", () => {
    const render = compileTemplate('{{.Nope}}', { type: '*formatter.ContainerContext' });
    expect(messageOf(() => render({}))).toMatch(
      /can't evaluate field Nope in type \*formatter.ContainerContext$/,
    );
  });

  it('call functions of a row with the arguments given, and only so', () => {
    expect(compileTemplate('{{.Label "a"}} {{"b" | .Label}}')(row)).toBe('<a> <b>');
    expect(messageOf(() => compileTemplate('{{.Label}}')(row))).toContain(
      'wrong number of args for Label: want 1 got 0',
    );
    expect(messageOf(() => compileTemplate('{{.Names "a"}}')(row))).toContain(
      'Names is not a method but has arguments',
    );
  });

  it('never reach what a value inherits', () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      expect(messageOf(() => compileTemplate(`{{.${name}}}`)(value))).toContain('no entry');
  });

  it('end although they call themselves', () => {
    expect(
      messageOf(() => compileTemplate('{{define "a"}}{{template "a"}}{{end}}{{template "a"}}')(value)),
    ).toContain('exceeded maximum template depth');
  });
});

describe('times in templates', () => {
  it("are printed as Go's", () => {
    const options = { declared: { type: 'T', structs: { T: 'At:@ Never:@' } } };
    const render = compileTemplate('{{.At}}|{{.Never}}|{{json .At}}', options);
    expect(render({ At: '2026-11-21T09:36:03.280Z' })).toBe(
      '2026-11-21 09:36:03.28 +0000 UTC|0001-01-01 00:00:00 +0000 UTC|"2026-11-21T09:36:03.280Z"',
    );
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
