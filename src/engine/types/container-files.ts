/** What container verbs tell of files: Docker API 1.41 names and meanings. */

export interface Change {
  Path: string;
  /** 0 modified, 1 added, 2 deleted */
  Kind: 0 | 1 | 2;
}

export interface CommitOptions {
  reference?: string;
  author?: string;
  message?: string;
  /** default true */
  pause?: boolean;
  changes?: string[];
  signal?: AbortSignal;
}

/** Docker's X-Docker-Container-Path-Stat */
export interface PathStat {
  name: string;
  size: number;
  /** Go's fs.FileMode bits are not used: st_mode of stat(2) */
  mode: number;
  mtime: string;
  linkTarget: string;
}
