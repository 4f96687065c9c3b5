import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../../src/ui/format/template/execute.ts';

const value = {
  Id: 'abc',
  State: { Status: 'running', Pid: 12 },
  Config: { Labels: { a: 'b', c: 'd' }, Env: ['A=1', 'B=2'] },
  Mounts: [{ Destination: '/x' }, { Destination: '/y' }],
  Empty: null,
};

describe('templates', () => {
  it.each([
    ['{{.Id}} {{.ID}}', 'abc abc'],
    [
      '{{.State.Status}} {{range .Mounts}}{{.Destination}} {{end}}{{json .Config.Labels}}',
      'running /x /y {"a":"b","c":"d"}',
    ],
    ['{{.Config.Labels}} {{.Config.Env}}', 'map[a:b c:d] [A=1 B=2]'],
    ['{{index .Config.Env 1}} {{index .Config.Labels "a"}}', 'B=2 b'],
    ['{{join .Config.Env ","}}', 'A=1,B=2'],
    ['{{.State.Status | upper | printf "%-9s|"}}', 'RUNNING  |'],
    ['{{if eq .State.Status "exited" "running"}}yes{{else}}no{{end}}', 'yes'],
    ['{{if .Empty}}a{{else if gt .State.Pid 10}}b{{else}}c{{end}}', 'b'],
    ['{{with .State}}{{.Pid}}{{end}}{{with .Empty}}x{{else}}-{{end}}', '12-'],
    ['{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}', 'a=b;c=d;'],
    ['{{$x := .Id}}{{range .Mounts}}{{$x}}{{$.Id}}{{end}}', 'abcabcabcabc'],
    ['{{range .Empty}}x{{else}}none{{end}}', 'none'],
    ['{{(index .Mounts 0).Destination}}', '/x'],
    ['a {{- /* gone */ -}} b', 'ab'],
    ['{{len .Config.Env}} {{not .Empty}} {{and .Id .Empty}} {{or .Empty "z"}}', '2 true <no value> z'],
    ['{{.Config.Labels.nope}}', '<no value>'],
    ['{{"}}"}} {{`raw`}} {{title "hello world"}} {{split "a b" " "}}', '}} raw Hello World [a b]'],
    ['{{println .Id}}', 'abc\n'],
  ])('%s gives %j', (source, expected) => {
    expect(compileTemplate(source)(value)).toBe(expected);
  });

  it.each([
    ['{{.ID', 'template: :1: unclosed action'],
    ['{{if .Id}}', 'template: :1: unexpected EOF'],
    ['{{end}}', 'template: :1: unexpected {{end}}'],
    ['{{nope .Id}}', 'template: :1: function "nope" not defined'],
    ['{{.Config.Nope}}', 'template: :1:9: executing "" at <.Config.Nope>: map has no entry for key "Nope"'],
    ['{{.Nope}}', 'template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"'],
  ])('%s fails as in Go', (source, message) => {
    expect(() => compileTemplate(source)(value)).toThrow(message);
  });

  it("names a row's type when a field is unknown", () => {
    const render = compileTemplate('{{.Nope}}', { type: '*formatter.ContainerContext' });
    expect(() => render({})).toThrow("can't evaluate field Nope in type *formatter.ContainerContext");
  });

  it('never reaches what a value inherits', () => {
    expect(() => compileTemplate('{{.constructor}}')(value)).toThrow('no entry');
  });
});
