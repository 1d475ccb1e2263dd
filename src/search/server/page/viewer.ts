/** Shows one picture on the whole screen, with its sentences and their places. */
import type { ServedHit } from '../protocol/answers'
import { pictureAddress } from './ask'
import { find, make } from './elements'
import { hideMap, showMap } from './heat-map'
import { makeSentenceChip } from './sentence-chip'
import { factsOf, nameOf, sentencesOf } from './wording'

export interface ViewerOptions {
  readonly onLike: (hit: ServedHit) => void
  /** The viewer was closed on the picture with this index. */
  readonly onClose: (index: number) => void
}

export interface Viewer {
  open(hits: readonly ServedHit[], index: number, subtracted: ReadonlySet<string>): void
}

export function createViewer({ onLike, onClose }: ViewerOptions): Viewer {
  const dialog = find('dialog', 'viewer')
  const picture = find('img', 'viewer-picture')
  const map = find('img', 'viewer-map')
  const copy = find('button', 'viewer-copy')
  const [previous, next] = [find('button', 'viewer-previous'), find('button', 'viewer-next')]
  let hits: readonly ServedHit[] = []
  let subtracted: ReadonlySet<string> = new Set()
  let at = 0

  const show = (index: number) => {
    const hit = hits[index]
    if (!hit) return
    at = index
    hideMap(map)
    picture.alt = nameOf(hit.path)
    picture.src = hit.id === undefined ? '' : pictureAddress(hit.id, 'large')
    find('h2', 'viewer-name').textContent = nameOf(hit.path)
    find('p', 'viewer-path').textContent = hit.path
    find('dl', 'viewer-facts').replaceChildren(
      ...factsOf(hit).map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))),
    )
    const original = find('a', 'viewer-original')
    original.hidden = hit.id === undefined || !/\.(jpe?g|png|gif|webp|avif)$/i.test(hit.path)
    if (hit.id !== undefined) original.href = pictureAddress(hit.id, 'original')
    showSentences(hit)
    copy.textContent = 'Copy path'
    previous.disabled = index === 0
    next.disabled = index === hits.length - 1
  }
  const showSentences = (hit: ServedHit) => {
    const sentences = sentencesOf(hit, subtracted)
    const chips = sentences.map(makeSentenceChip)
    const press = (pressed: number) => {
      chips.forEach((chip, i) => chip.setAttribute('aria-pressed', String(i === pressed)))
      if (pressed < 0) hideMap(map)
      else if (hit.id !== undefined) showMap(map, hit.id, sentences[pressed]!.text)
    }
    chips.forEach((chip, i) => {
      chip.addEventListener('click', () => press(chip.getAttribute('aria-pressed') === 'true' ? -1 : i))
    })
    press(-1)
    find('div', 'viewer-sentences').replaceChildren(...chips)
    find('p', 'viewer-hint').hidden = chips.length === 0
  }

  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight') show(at + 1)
    else if (event.key === 'ArrowLeft') show(at - 1)
    else return
    event.preventDefault()
  })
  dialog.addEventListener('close', () => onClose(at))
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close()
  })
  previous.addEventListener('click', () => show(at - 1))
  next.addEventListener('click', () => show(at + 1))
  find('button', 'viewer-close').addEventListener('click', () => dialog.close())
  find('button', 'viewer-like').addEventListener('click', () => {
    dialog.close()
    onLike(hits[at]!)
  })
  copy.addEventListener('click', () => {
    navigator.clipboard.writeText(hits[at]!.path).then(
      () => (copy.textContent = 'Copied'),
      () => (copy.textContent = 'The browser does not allow copying'),
    )
  })
  return {
    open(all, index, terms) {
      hits = all
      subtracted = terms
      show(index)
      dialog.showModal()
      find('h2', 'viewer-name').focus()
    },
  }
}
