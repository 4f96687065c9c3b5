/** Image references: grammar, Docker's defaults and short forms (distribution/reference). Pure. */
import { EngineError } from '../errors.ts';
import { parseDigest } from './digest.ts';

/** A parsed name. `domain` is '' only for `parseStrict`; `name` is what stands before tag and digest. */
export interface Reference {
  domain: string;
  path: string;
  tag?: string;
  digest?: string;
}

const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DOMAIN = 'index.docker.io';
const OFFICIAL = 'library';
const DEFAULT_TAG = 'latest';
const PATH_LIMIT = 255;
/** Longer texts are no reference; keeps the expressions below cheap on hostile input. */
const TEXT_LIMIT = 2048;

const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = `(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[(?:[a-fA-F0-9:]+)\\])`;
const DOMAIN = `${HOST}(?::[0-9]+)?`;
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PATH = `${COMPONENT}(?:/${COMPONENT})*`;
const TAG = '[\\w][\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
/** Made when first asked for: many commands only handle names that were read before. */
const patterns = {
  get reference() {
    return keep('reference', new RegExp(`^((?:${DOMAIN}/)?${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`));
  },
  get name() {
    return keep('name', new RegExp(`^(?:(${DOMAIN})/)?(${PATH})$`));
  },
  get tag() {
    return keep('tag', new RegExp(`^${TAG}$`));
  },
};
const HEX_ID = /^[a-f0-9]{64}$/;

function keep(name: keyof typeof patterns, value: RegExp): RegExp {
  Object.defineProperty(patterns, name, { value });
  return value;
}

const invalid = (message: string) => new EngineError('INVALID_ARGUMENT', message);

/** The bare grammar: no defaults are filled in. Throws INVALID_ARGUMENT with distribution's words. */
export function parseStrict(text: string): Reference {
  const match = text.length > TEXT_LIMIT ? null : patterns.reference.exec(text);
  if (match === null) throw grammarError(text);
  const name = patterns.name.exec(match[1]!);
  const domain = name?.[1] ?? '';
  const path = name?.[2] ?? match[1]!;
  if (path.length > PATH_LIMIT) {
    throw invalid(`repository name must not be more than ${PATH_LIMIT} characters`);
  }
  const tag = match[2] === undefined ? {} : { tag: match[2] };
  const digest = match[3] === undefined ? {} : { digest: parseDigest(match[3]) };
  return { domain, path, ...tag, ...digest };
}

function grammarError(text: string): EngineError {
  if (text === '') return invalid('repository name must have at least one component');
  if (text.length <= TEXT_LIMIT && patterns.reference.test(text.toLowerCase())) {
    return invalid('repository name must be lowercase');
  }
  return invalid('invalid reference format');
}

/** What a user types: docker.io and library/ are filled in, neither tag nor digest is. Throws INVALID_ARGUMENT. */
export function parseReference(text: string): Reference {
  if (HEX_ID.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const { domain, remainder } = splitDomain(text);
  const repository = remainder.split(':', 1)[0]!;
  if (repository !== repository.toLowerCase()) {
    throw invalid(`invalid reference format: repository name (${repository}) must be lowercase`);
  }
  const reference = parseStrict(`${domain}/${remainder}`);
  if (reference.domain === '') throw invalid('invalid reference format');
  return reference;
}

/** Names that most have; all of them are references. */
const PLAIN = /^[a-z0-9]+(?:[./-][a-z0-9]+)*(?::[a-z0-9][a-z0-9.-]*)?$/;
const PLAIN_LIMIT = 63;

/** Throws what `parseReference` throws. Most names need less than the whole grammar, which takes longer to make than to use. */
export function checkReference(text: string): void {
  if (text.length > PLAIN_LIMIT || !PLAIN.test(text)) parseReference(text);
}

/** A first component is a host when it has a dot or a port, is localhost, or has capitals. */
function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isHost =
    slash !== -1 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const domain = !isHost || first === LEGACY_DOMAIN ? DEFAULT_DOMAIN : first;
  const rest = isHost ? text.slice(slash + 1) : text;
  return {
    domain,
    remainder: domain === DEFAULT_DOMAIN && !rest.includes('/') ? `${OFFICIAL}/${rest}` : rest,
  };
}

/** A name as stored: already canonical. Throws INVALID_ARGUMENT 'repository name must be canonical'. */
export function parseCanonical(text: string): Reference {
  const reference = parseReference(text);
  if (formatReference(reference) !== text) throw invalid('repository name must be canonical');
  return reference;
}

/** A reference, or the digest of an image when the text is 'sha256:HEX' or 64 hex digits. */
export function parseAny(text: string): { reference: Reference } | { imageDigest: string } {
  if (HEX_ID.test(text)) return { imageDigest: `sha256:${text}` };
  if (/^sha256:[a-f0-9]{64}$/.test(text)) return { imageDigest: text };
  return { reference: parseReference(text) };
}

export const repositoryOf = (reference: Reference): string =>
  reference.domain === '' ? reference.path : `${reference.domain}/${reference.path}`;

/** The stored text: 'docker.io/library/busybox:latest'. */
export function formatReference(reference: Reference): string {
  return repositoryOf(reference) + suffix(reference);
}

const suffix = ({ tag, digest }: Reference) =>
  (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);

/** 'busybox', 'user/app', 'localhost:5000/app': the repository as shown to users. */
export function familiarName({ domain, path }: Reference): string {
  if (domain !== DEFAULT_DOMAIN) return domain === '' ? path : `${domain}/${path}`;
  const parts = path.split('/');
  return parts.length === 2 && parts[0] === OFFICIAL ? parts[1]! : path;
}

/** 'busybox:latest': the whole reference as shown to users. */
export function familiarString(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** Adds ':latest' when there is neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: DEFAULT_TAG }
    : reference;
}

/** With default tag; a tag beside a digest is dropped: the digest wins. */
export function resolvedReference(text: string): Reference {
  const { domain, path, tag, digest } = withDefaultTag(parseReference(text));
  return digest === undefined ? { domain, path, tag: tag! } : { domain, path, digest };
}

/** Throws INVALID_ARGUMENT 'invalid tag format'. */
export function withTag(reference: Reference, tag: string): Reference {
  if (!patterns.tag.test(tag)) throw invalid('invalid tag format');
  return { ...reference, tag };
}

export function withDigest(reference: Reference, digest: string): Reference {
  return { ...reference, digest: parseDigest(digest) };
}
