/** Who a container's process runs as: USER and --user forms against the image's passwd and group. Pure. */
import { EngineError } from '../errors.ts';
import type { OciUser } from './oci-spec.ts';

/** Kernel ids are 32 bits; Docker allows the positive half. */
const MAX_ID = 2_147_483_647;

/** Texts of /etc/passwd and /etc/group; null = the file is absent. */
export interface UserDatabase {
  passwd: string | null;
  group: string | null;
}

export interface ExecUser {
  uid: number;
  gid: number;
  /** supplementary groups in file order */
  sgids: number[];
  home: string;
}

export interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

export interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

const ROOT_DEFAULTS: ExecUser = { uid: 0, gid: 0, sgids: [], home: '' };

/** passwd(5); fields that are no number count as 0, as in Docker. */
export function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).map((line) => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
    return { name, uid: looseNumber(uid), gid: looseNumber(gid), home };
  });
}

/** group(5) */
export function parseGroup(text: string): GroupEntry[] {
  return lines(text).map((line) => {
    const [name = '', , gid = '', members = ''] = line.split(':');
    return { name, gid: looseNumber(gid), members: members === '' ? [] : members.split(',') };
  });
}

/**
 * Resolves `user[:group]`. A number is an id and needs no entry (CVE-2016-3697, CVE-2024-40635); a name needs one.
 * Supplementary groups are looked up only when the user has an entry and no group is given (moby/sys user).
 * Throws INVALID_ARGUMENT in Docker's words.
 */
export function resolveUser(
  spec: string,
  database: UserDatabase,
  defaults: ExecUser = ROOT_DEFAULTS,
): ExecUser {
  const [userPart = '', groupPart = ''] = splitSpec(spec);
  const entry = findUser(userPart, database.passwd, defaults.uid);
  const user: ExecUser = { ...defaults, sgids: [...defaults.sgids] };
  if (entry !== undefined) Object.assign(user, { uid: entry.uid, gid: entry.gid, home: entry.home });
  else if (userPart !== '')
    user.uid = numericId(userPart, `unable to find user ${userPart}: no matching entries in passwd file`);
  if (groupPart !== '') user.gid = findGroup(groupPart, parseGroup(database.group ?? ''));
  else if (entry !== undefined && database.group !== null) {
    const groups = parseGroup(database.group).filter(({ members }) => members.includes(entry.name));
    if (groups.length > 0) user.sgids = groups.map(({ gid }) => gid);
  }
  for (const id of [user.uid, user.gid, ...user.sgids]) assertRange(id);
  return user;
}

/** What follows a second colon counts for nothing. */
function splitSpec(spec: string): [string, string] {
  const [user = '', group = ''] = spec.split(':');
  return [user, group];
}

/** An empty name asks for the default uid's entry. A number is never looked up as a name. */
function findUser(user: string, passwd: string | null, defaultUid: number): PasswdEntry | undefined {
  const entries = parsePasswd(passwd ?? '');
  if (user === '') return entries.find(({ uid }) => uid === defaultUid);
  if (!isNumeric(user)) return entries.find(({ name }) => name === user);
  const id = numericId(user, '');
  return entries.find(({ uid }) => uid === id);
}

function findGroup(group: string, entries: readonly GroupEntry[], unable = 'unable'): number {
  const entry = isNumeric(group) ? undefined : entries.find(({ name }) => name === group);
  return (
    entry?.gid ?? numericId(group, `${unable} to find group ${group}: no matching entries in group file`)
  );
}

/** --group-add: names and numbers to gids, sorted here, without repeats. Throws INVALID_ARGUMENT. */
export function resolveGroups(names: readonly string[], group: string | null): number[] {
  const entries = parseGroup(group ?? '');
  const gids = names.map((name) => {
    const gid = findGroup(name, entries, 'Unable');
    assertRange(gid);
    return gid;
  });
  return [...new Set(gids)].sort((a, b) => a - b);
}

/** The OCI user; the primary gid is always among the additional ones (CVE-2022-36109). */
export function ociUser(user: ExecUser, added: readonly number[]): OciUser {
  return { uid: user.uid, gid: user.gid, additionalGids: [...new Set([user.gid, ...user.sgids, ...added])] };
}

const isNumeric = (text: string): boolean => /^[+-]?\d+$/.test(text);

function numericId(text: string, notFound: string): number {
  if (!isNumeric(text)) throw new EngineError('INVALID_ARGUMENT', notFound);
  const id = Number(text);
  assertRange(id);
  return id;
}

function assertRange(id: number): void {
  if (id >= 0 && id <= MAX_ID) return;
  throw new EngineError('INVALID_ARGUMENT', `uids and gids must be in range 0-${MAX_ID}`);
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** What is no number is 0; what overflows stays too large, so that using it fails. */
const looseNumber = (text: string): number => (isNumeric(text) ? Number(text) : 0);
