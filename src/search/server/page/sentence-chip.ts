/** A sentence as a button: shows how well a picture answers it and, on hover, focus or click, where. */
import type { ServedHit } from '../protocol/answers'
import { make } from './elements'
import { scoreText } from './wording'

/** The scores at which the bar is empty and full. */
const [empty, full] = [-1, 5]

export function makeSentenceChip({ text, score, answered }: ServedHit['sentences'][number]): HTMLButtonElement {
  const level = Math.min(1, Math.max(0, (score - empty) / (full - empty)))
  const chip = make(
    'button',
    {
      type: 'button',
      className: answered ? 'chip answered' : 'chip',
      title: `${text}\n${scoreText(score)} standard deviations from the average of this collection`,
      'aria-label': `${text}: ${answered ? 'shown' : 'missing'}, ${scoreText(score)}. Show where.`,
    },
    make('span', { className: 'mark', 'aria-hidden': 'true' }, answered ? '✓' : '–'),
    make('span', { className: 'words' }, text),
    make('span', { className: 'score' }, scoreText(score)),
  )
  chip.style.setProperty('--level', `${Math.round(100 * level)}%`)
  return chip
}
