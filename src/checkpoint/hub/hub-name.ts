/** Names of models on the Hugging Face Hub: `hf://owner/name`, optionally with a file and `@revision`. */
import { wrongArgument } from '../../check-arguments'

export interface HubName {
  /** `owner/name` */
  readonly repository: string
  /** The path of a file in the repository; undefined for the repository as a whole. */
  readonly file?: string
  /** A branch, tag or commit. Default: `main`. */
  readonly revision?: string
}

export const mainRevision = 'main'

/** @throws DreamLIPError `INVALID_ARGUMENT` */
export function parseHubName(source: string): HubName {
  const text = source.replace(/^hf:\/\//i, '')
  const at = text.lastIndexOf('@')
  const [path, revision] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
  const [owner = '', name = '', ...rest] = path.replace(/\/$/, '').split('/')
  const repository = `${owner}/${name}`
  const file = rest.length > 0 ? rest.join('/') : undefined
  const valid =
    isRepository(repository) &&
    (file === undefined || isFilePath(file)) &&
    (revision === undefined || isRevision(revision))
  if (valid) return { repository, file, revision }
  throw wrongArgument('source', 'hf://owner/name, hf://owner/name/file or either with @revision', source)
}

/** The name as text: the inverse of `parseHubName`. */
export function hubNameOf({ repository, file, revision }: HubName): string {
  return `hf://${repository}${file === undefined ? '' : `/${file}`}${revision === undefined ? '' : `@${revision}`}`
}

/** Whether the Hub allows `owner/name`. Its folder in the cache has `--` in place of the slash. */
export function isRepository(text: string): boolean {
  return /^[a-z0-9][\w.-]*\/[a-z0-9_][\w.-]*$/i.test(text) && !/--|\.\./.test(text) && text.length <= 200
}

/** Whether a path stays inside a repository on every system. */
export function isFilePath(text: string): boolean {
  return text.length <= 500 && text.split('/').every((part) => /^(?!\.{1,2}$)[^\\:\x00-\x1f\x7f]+$/.test(part))
}

/** Whether Git allows a text as the name of a branch or tag, or as a commit. */
export function isRevision(text: string): boolean {
  const isPart = (part: string) => /^[^.\s~^:?*[\\\x00-\x1f\x7f][^\s~^:?*[\\\x00-\x1f\x7f]*$/.test(part)
  return text.length <= 250 && !text.includes('..') && text.split('/').every(isPart)
}

/** Whether a revision is the full name of a commit, whose files never change. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision)
}
