/** The table of cp: test/data/cp-matrix.json. */
import { readFileSync } from 'node:fs';

export interface Node {
  path: string;
  kind: 'file' | 'dir' | 'symlink';
  text?: string;
  mode?: string;
  target?: string;
}
export interface Case {
  name: string;
  what: string;
  source: string;
  followLinks: boolean;
  destination: string;
  trailingSlash: boolean;
  expected: { error?: string; created?: { path: string; sameAs: string }[]; unchanged?: string[] };
}
export const matrix = JSON.parse(readFileSync('test/data/cp-matrix.json', 'utf8')) as {
  sourceTree: Node[];
  destinationTree: Node[];
  cases: Case[];
};
