/** Sends requests to the server. */
import type { CollectionAnswer, ErrorAnswer, SearchAnswer } from '../protocol/answers'
import type { SearchRequest } from '../protocol/search-request'

export async function askCollection(): Promise<CollectionAnswer> {
  return readAnswer(await reach('/api/collection', {}))
}

export async function askSearch(request: SearchRequest, signal: AbortSignal): Promise<SearchAnswer> {
  const headers = { 'Content-Type': 'application/json' }
  return readAnswer(await reach('/api/search', { method: 'POST', headers, body: JSON.stringify(request), signal }))
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (error) {
    init.signal?.throwIfAborted()
    throw new Error('The server does not answer. Start dreamlip serve again, and search once more.', { cause: error })
  }
}

async function readAnswer<Answer>(response: Response): Promise<Answer> {
  const answer = (await response.json()) as Answer | ErrorAnswer
  if (response.ok) return answer as Answer
  throw new Error((answer as ErrorAnswer).error.message)
}

/** The address of a picture. */
export function pictureAddress(id: string, kind: 'small' | 'large' | 'original'): string {
  return `/pictures/${id}/${kind}`
}

/** The address of the heat map of a sentence. */
export function mapAddress(id: string, sentence: string): string {
  return `/pictures/${id}/map?${new URLSearchParams({ text: sentence }).toString()}`
}
