/** The errors for repositories to which the Hub refuses access. */
import { DreamLIPError } from '../../errors'
import { hubNameOf, type HubName } from './hub-name'

/** Facts about the server, without the token itself. */
interface Asked {
  readonly endpoint: string
  readonly hasToken: boolean
}

const passToken = 'set HF_TOKEN, run `hf auth login`, or pass { hub: { token } }'

/**
 * The error for a status of 401, 403 or 404.
 * @param code the header X-Error-Code, if the server sends one
 */
export function refusal(asked: Asked, name: HubName, status: number, code: string | null): DreamLIPError {
  return new DreamLIPError(
    'HTTP_STATUS',
    `${hubNameOf({ ...name, file: undefined })}: ${explain(asked, name, status, code)}`,
    {
      cause: status,
    },
  )
}

/** The error for a file that a repository does not have. `hint` lists the files that it has. */
export function missingFile(name: HubName, hint: string): DreamLIPError {
  return new DreamLIPError('HTTP_STATUS', `${hubNameOf(name)}: the repository has no file ${name.file}.${hint}`, {
    cause: 404,
  })
}

function explain(
  { endpoint, hasToken }: Asked,
  { repository, revision }: HubName,
  status: number,
  code: string | null,
): string {
  const page = `${endpoint}/${repository}`
  if (code === 'GatedRepo') {
    const terms = `the repository is gated: accept its terms at ${page}`
    return hasToken
      ? `${terms}, with the account of the token that was sent. If you have, the owner may still have to approve.`
      : `${terms}, then pass a token of your account: ${passToken}.`
  }
  if (code === 'RevisionNotFound') {
    return (
      `the repository ${repository} has no branch, tag or commit ${revision}. See ${page}/tree/main. ` +
      'A file stands before the @: hf://owner/name/file@revision.'
    )
  }
  if (status === 403) {
    return `the server refuses access (403). Check at ${page} that ${hasToken ? 'the token has the permission to read it' : `you may read it, then pass a token: ${passToken}`}.`
  }
  if (hasToken) {
    return `there is no repository ${repository}, or the token may not read it, or the token is not valid (${status}). Check the name at ${page}, and the token.`
  }
  return `there is no repository ${repository}, or it is private (${status}). Check the name at ${page}; for a private one, pass a token: ${passToken}.`
}
