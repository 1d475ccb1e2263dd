/** The grid of found pictures, navigable with the arrow keys. */
import type { ServedHit } from '../protocol/answers'
import { pictureAddress } from './ask'
import { find, make } from './elements'
import { hideMap, showMap } from './heat-map'
import { makeSentenceChip } from './sentence-chip'
import { coverage, describe, nameOf, sentencesOf } from './wording'

export interface ResultsOptions {
  readonly onOpen: (index: number) => void
  readonly onLike: (hit: ServedHit) => void
  /** Called when the user returns to the search box. */
  readonly onLeave: () => void
}

/** How many sentences a picture lists at first. */
const mostChips = 4

interface Card {
  readonly item: HTMLLIElement
  readonly hit: ServedHit
  readonly open: HTMLButtonElement
  /** All buttons except `open`. The Tab key reaches only those of one card. */
  readonly others: readonly HTMLButtonElement[]
  readonly map: HTMLImageElement
}

export interface Results {
  show(hits: readonly ServedHit[], subtracted: ReadonlySet<string>): void
  /** Shows where a sentence is in all visible pictures; `undefined` shows the pictures again. */
  showSentence(sentence: string | undefined): void
  focus(index?: number): void
}

export function createResults({ onOpen, onLike, onLeave }: ResultsOptions): Results {
  const list = find('ul', 'results')
  let cards: Card[] = []
  let pinned: string | undefined

  const choose = (index: number) => {
    for (const [i, { open, others }] of cards.entries()) {
      open.tabIndex = i === index ? 0 : -1
      for (const button of others) button.tabIndex = i === index ? 0 : -1
    }
  }
  const focus = (index = 0) => {
    const card = cards[Math.min(Math.max(0, index), cards.length - 1)]
    card?.open.focus()
    card?.item.scrollIntoView({ block: 'nearest' })
  }
  const settle = ({ map, hit }: Card) => {
    if (pinned !== undefined && hit.id !== undefined) showMap(map, hit.id, pinned)
    else hideMap(map)
  }
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const card = cards.find(({ item }) => item === target)
        if (card && isIntersecting && pinned !== undefined) settle(card)
      }
    },
    { rootMargin: '100px' },
  )
  const makeCard = (hit: ServedHit, index: number, subtracted: ReadonlySet<string>): Card => {
    const sentences = sentencesOf(hit, subtracted)
    const map = make('img', { hidden: true, alt: '', className: 'map' })
    const picture = make('img', { className: 'small', alt: '', loading: 'lazy', decoding: 'async' })
    if (hit.id !== undefined) picture.src = pictureAddress(hit.id, 'small')
    picture.onerror = () => open.classList.add('gone')
    const open = make(
      'button',
      { type: 'button', className: 'picture', 'aria-label': describe(hit, sentences) },
      picture,
      map,
    )
    open.dataset.name = nameOf(hit.path)
    const chips = sentences.map(makeSentenceChip)
    const like = make(
      'button',
      { type: 'button', className: 'like', 'aria-label': `More like ${nameOf(hit.path)}` },
      'Similar',
    )
    const name = make('span', { className: 'name', title: hit.path }, nameOf(hit.path))
    const covered = make(
      'span',
      { className: 'covered', title: 'Sentences that the picture shows' },
      sentences.length > 1 ? coverage(sentences) : '',
    )
    const rest = chips.slice(mostChips)
    const more = make('button', { type: 'button', className: 'more', hidden: rest.length === 0 })
    more.textContent = `${rest.length} more`
    more.addEventListener('click', () => {
      more.replaceWith(...rest)
      rest[0]!.focus()
    })
    const item = make(
      'li',
      {},
      make('div', { className: 'frame' }, open, like),
      make('div', { className: 'caption' }, name, covered),
      make('div', { className: 'chips' }, ...chips.slice(0, mostChips), more),
    )
    const card: Card = { item, hit, open, others: [like, ...chips, more], map }
    open.addEventListener('click', () => onOpen(index))
    open.addEventListener('focus', () => choose(index))
    like.addEventListener('click', () => onLike(hit))
    chips.forEach((chip, i) => {
      const show = () => hit.id !== undefined && showMap(map, hit.id, sentences[i]!.text)
      chip.addEventListener('pointerenter', show)
      chip.addEventListener('focus', show)
      chip.addEventListener('click', show)
      chip.addEventListener('pointerleave', () => settle(card))
      chip.addEventListener('blur', () => settle(card))
    })
    return card
  }

  list.addEventListener('keydown', (event) => {
    const at = cards.findIndex(({ item }) => item.contains(event.target as Node))
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(cards), ArrowUp: -columns(cards) }[event.key]
    if (event.key === 'Home') focus(0)
    else if (event.key === 'End') focus(cards.length - 1)
    else if (event.key === 'Escape' || (event.key === 'ArrowUp' && at < columns(cards))) onLeave()
    else if (step !== undefined) focus(at + step < cards.length || step < 2 ? at + step : cards.length - 1)
    else return
    event.preventDefault()
  })

  return {
    focus,
    show(hits, subtracted) {
      seen.disconnect()
      pinned = undefined
      cards = hits.map((hit, index) => makeCard(hit, index, subtracted))
      list.style.setProperty('--ratio', String(commonRatio(hits)))
      list.replaceChildren(...cards.map(({ item }) => item))
      choose(0)
      cards.forEach(({ item }) => seen.observe(item))
    },
    showSentence(sentence) {
      pinned = sentence
      for (const card of cards) if (sentence === undefined || isSeen(card.item)) settle(card)
    },
  }
}

/** The number of pictures per row. */
function columns(cards: readonly Card[]): number {
  const top = cards[0]?.item.offsetTop
  const next = cards.findIndex(({ item }) => item.offsetTop !== top)
  return next < 0 ? Math.max(1, cards.length) : next
}

function isSeen(item: HTMLElement): boolean {
  const { top, bottom } = item.getBoundingClientRect()
  return bottom > 0 && top < window.innerHeight
}

/** A typical aspect ratio (width / height): the median, within limits. */
function commonRatio(hits: readonly ServedHit[]): number {
  const ratios = hits.flatMap(({ width, height }) => (width && height ? [width / height] : [])).sort((a, b) => a - b)
  return Math.min(1.5, Math.max(0.8, ratios[ratios.length >> 1] ?? 4 / 3))
}
