/** Filters by folder and date. */
import type { CollectionAnswer } from '../protocol/answers'
import type { SearchRequest } from '../protocol/search-request'
import { find, make } from './elements'
import { countOf } from './wording'

export interface Filters {
  /** Offers the folders and years of the collection. */
  offer(collection: CollectionAnswer): void
  /** The chosen filters, as part of a search. */
  chosen(): Pick<SearchRequest, 'folder' | 'taken' | 'modified'>
  /** The chosen filters as values for the page's address; `write` restores them. */
  read(): Record<string, string>
  write(values: URLSearchParams): void
}

/** The last millisecond of a day. */
const dayEnd = 24 * 3600 * 1000 - 1

/** Years with a button; older ones are reachable by the date fields. */
const mostYears = 8

export function createFilters(onChange: () => void): Filters {
  const [folder, from, to] = [find('select', 'folder'), find('input', 'from'), find('input', 'to')]
  const inputs = { folder, from, to }
  const none = find('button', 'unfilter')
  const years = find('div', 'years')
  let dates: CollectionAnswer['dates'] = 'taken'

  const mark = () => {
    none.hidden = Object.values(inputs).every(({ value }) => value === '')
    for (const button of years.querySelectorAll('button')) {
      const year = button.dataset.year!
      button.setAttribute('aria-pressed', String(from.value === `${year}-01-01` && to.value === `${year}-12-31`))
    }
  }
  const changed = () => {
    mark()
    onChange()
  }
  const clear = () => Object.values(inputs).forEach((input) => (input.value = ''))
  const makeYear = ({ year, count }: CollectionAnswer['years'][number]) => {
    const name = String(year).padStart(4, '0')
    const button = make('button', { type: 'button', title: countOf(count, 'picture') }, name)
    button.dataset.year = name
    button.addEventListener('click', () => {
      const isChosen = button.getAttribute('aria-pressed') === 'true'
      from.value = isChosen ? '' : `${name}-01-01`
      to.value = isChosen ? '' : `${name}-12-31`
      changed()
    })
    return button
  }

  Object.values(inputs).forEach((input) => input.addEventListener('change', changed))
  none.addEventListener('click', () => {
    clear()
    changed()
  })
  return {
    offer(collection) {
      dates = collection.dates
      folder.replaceChildren(
        new Option('All folders', ''),
        ...collection.folders.map(({ path, name, count }) => new Option(`${name} (${count})`, path)),
      )
      find('label', 'folder-filter').hidden = collection.folders.length < 2
      years.replaceChildren(...(collection.years.length < 2 ? [] : collection.years.slice(0, mostYears).map(makeYear)))
      find('div', 'filters').hidden = collection.size === 0
      mark()
    },
    chosen() {
      const range = {
        ...(from.value !== '' && { from: from.valueAsNumber }),
        ...(to.value !== '' && { to: to.valueAsNumber + dayEnd }),
      }
      return {
        ...(folder.value !== '' && { folder: folder.value }),
        ...(Object.keys(range).length > 0 && { [dates]: range }),
      }
    },
    read: () =>
      Object.fromEntries(Object.entries(inputs).flatMap(([name, { value }]) => (value === '' ? [] : [[name, value]]))),
    write(values) {
      clear()
      for (const [name, input] of Object.entries(inputs)) input.value = values.get(name) ?? ''
      mark()
    },
  }
}
