/** The page of `serveIndex`: searches while the user types, and shows the results. */
import type { CollectionAnswer, SearchAnswer, ServedHit } from '../protocol/answers'
import { askCollection, askSearch, pictureAddress } from './ask'
import { find, make } from './elements'
import { exampleOf, takePictures, type Example } from './example'
import { createFilters } from './filters'
import { createResults } from './results'
import { createSentenceBar } from './sentence-bar'
import { createViewer } from './viewer'
import { countOf, nameOf } from './wording'
import { mostHits } from '../protocol/most-hits'

/** The pause in typing before a search begins, in milliseconds. */
const pause = 160

/** The number of pictures shown at first, and added each time. */
const step = 60

const [text, status, notice] = [find('textarea', 'text'), find('p', 'status'), find('div', 'notice')]
const [clear, further] = [find('button', 'clear'), find('button', 'further')]
const filters = createFilters(() => search())
const sentenceBar = createSentenceBar((sentence) => results.showSentence(sentence))
const viewer = createViewer({ onLike: searchLike, onClose: (index) => results.focus(index) })
const results = createResults({
  onOpen: (index) => viewer.open(hits, index, subtracted),
  onLike: searchLike,
  onLeave: () => text.focus(),
})

let collection: CollectionAnswer | undefined
let example: Example | undefined
let hits: readonly ServedHit[] = []
let subtracted: ReadonlySet<string> = new Set()
/** The number of pictures to request; the button below them requests more. */
let wanted = step
let current = new AbortController()
let timer = 0

/** Searches at once for the contents of the box, and cancels an unfinished search. */
function search(count = step): void {
  wanted = count
  window.clearTimeout(timer)
  current.abort()
  current = new AbortController()
  clear.hidden = text.value === '' && !example
  remember()
  const { signal } = current
  run(signal).catch((error: unknown) => {
    if (!signal.aborted) showError(error)
  })
}

async function run(signal: AbortSignal): Promise<void> {
  document.body.classList.add('busy')
  try {
    collection ??= await welcome()
    const asked = text.value.trim()
    if (collection.size === 0) showEmpty()
    else if (asked === '' && !example) await showNewest(collection, signal)
    else {
      const request = { ...(asked !== '' && { text: asked }), ...queryOf(example), ...filters.chosen(), topK: wanted }
      showAnswer(await askSearch(request, signal))
    }
  } finally {
    if (!signal.aborted) document.body.classList.remove('busy')
  }
}

function queryOf(chosen: Example | undefined) {
  if (!chosen) return {}
  return chosen.like === undefined ? { picture: chosen.picture } : { like: chosen.like }
}

async function welcome(): Promise<CollectionAnswer> {
  const found = await askCollection()
  find('span', 'title').textContent = found.name
  document.title = `${found.name}: search pictures`
  find('p', 'count').textContent = countOf(found.size, 'picture')
  const chosen = new URLSearchParams(location.hash.slice(1))
  filters.offer(found)
  filters.write(chosen)
  return found
}

function showAnswer(answer: SearchAnswer): void {
  subtracted = new Set(answer.sentences.filter(({ weight }) => weight < 0).map((sentence) => sentence.text))
  sentenceBar.show(answer.sentences)
  if (answer.hits.length === 0) showNotice('No picture matches the filters.', 'Choose another folder or another time.')
  else if (!answer.fits) showNotice('Nothing here fits this description.', 'These pictures come nearest:')
  else notice.hidden = true
  document.body.classList.toggle('unfit', !answer.fits)
  showHits(answer.hits, answer.hits.length < wanted || wanted >= mostHits)
  status.textContent = answer.hits.length === 0 ? '' : `${countOf(answer.hits.length, 'picture')}, the best first`
}

/** Without a query: shows the newest pictures of the chosen folder and time. */
async function showNewest(of: CollectionAnswer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { folder, taken, modified } = filters.chosen()
  const date = taken ?? modified
  const isChosen = (picture: CollectionAnswer['newest'][number]) => {
    const time = picture[of.dates] ?? NaN
    const inTime = !date || (time >= (date.from ?? -Infinity) && time <= (date.to ?? Infinity))
    return (
      inTime &&
      (typeof folder !== 'string' ||
        (/^[/\\]/.test(picture.path.slice(folder.length)) && picture.path.startsWith(folder)))
    )
  }
  const shown = of.newest.filter(isChosen).map((picture) => ({ ...picture, score: 0, sentences: [], missing: [] }))
  notice.hidden = true
  document.body.classList.remove('unfit')
  sentenceBar.show([])
  subtracted = new Set()
  showHits(shown)
  const filtered = folder !== undefined || date !== undefined
  status.textContent =
    filtered && shown.length === 0
      ? 'Describe a picture to search in the chosen folder and time.'
      : 'The newest pictures'
}

function showHits(found: readonly ServedHit[], isAll = true): void {
  hits = found
  further.hidden = isAll
  results.show(found, subtracted)
}

function showEmpty(): void {
  showHits([])
  showNotice('There are no pictures here yet.', 'Index some, and load this page again:')
  notice.append(make('code', {}, 'dreamlip index PICTURES --into FOLDER'))
  status.textContent = ''
}

function showNotice(title: string, explanation: string): void {
  notice.className = ''
  notice.replaceChildren(make('strong', {}, title), make('span', {}, explanation))
  notice.hidden = false
}

function showError(error: unknown): void {
  showNotice('The search failed.', error instanceof Error ? error.message : String(error))
  notice.className = 'failed'
  status.textContent = ''
}

function searchLike(hit: ServedHit): void {
  if (hit.id === undefined) return
  text.value = ''
  setExample({ name: nameOf(hit.path), address: pictureAddress(hit.id, 'small'), like: hit.id })
  window.scrollTo({ top: 0 })
}

function setExample(chosen: Example | undefined): void {
  if (example?.address.startsWith('blob:')) URL.revokeObjectURL(example.address)
  example = chosen
  find('div', 'example').hidden = !chosen
  find('img', 'example-picture').src = chosen?.address ?? ''
  find('span', 'example-name').textContent = chosen ? `Like ${chosen.name}` : ''
  text.placeholder = chosen ? 'What should be different, or must be there as well?' : placeholder
  search()
}

const placeholder = text.placeholder

/** Keeps the query in the URL fragment, which is not sent to the server, so that reloading the page repeats the search. */
function remember(): void {
  if (!collection) return
  const values = new URLSearchParams({ ...(text.value !== '' && { q: text.value }), ...filters.read() }).toString()
  history.replaceState(null, '', values === '' ? '/' : `#${values}`)
}

text.addEventListener('input', () => {
  window.clearTimeout(timer)
  timer = window.setTimeout(() => search(), pause)
})
text.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) search()
  else if (event.key === 'ArrowDown' && text.selectionEnd === text.value.length) results.focus()
  else if (event.key === 'Escape' && text.value !== '') {
    text.value = ''
    search()
  } else return
  event.preventDefault()
})
document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || find('dialog', 'viewer').open) return
  text.focus()
  text.select()
  event.preventDefault()
})
further.addEventListener('click', () => {
  search(Math.min(mostHits, wanted + step))
})
clear.addEventListener('click', () => {
  text.value = ''
  setExample(undefined)
  text.focus()
})
find('button', 'example-remove').addEventListener('click', () => {
  setExample(undefined)
  text.focus()
})
find('form', 'form').addEventListener('submit', (event) => event.preventDefault())
takePictures((file) => {
  exampleOf(file).then(setExample, showError)
})

text.value = new URLSearchParams(location.hash.slice(1)).get('q') ?? ''
search()
text.focus()
