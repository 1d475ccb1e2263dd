/** The recognised sentences, below the search box: each can be shown in all pictures. */
import type { SearchAnswer } from '../protocol/answers'
import { find, make } from './elements'

/** @param onChoose receives the sentence to show, or `undefined` for none */
export function createSentenceBar(onChoose: (sentence: string | undefined) => void) {
  const bar = find('div', 'sentences')
  return {
    show(sentences: SearchAnswer['sentences']): void {
      const buttons = sentences.map(({ text, weight }) => {
        const share =
          sentences.length > 1 ? `counts ${weight < 0 ? 'against a picture' : `${Math.round(100 * weight)} %`}` : ''
        const className = weight < 0 ? 'sentence minus' : 'sentence'
        const title = [`Show in all pictures where this is`, share].filter(Boolean).join('; ')
        const button = make('button', { type: 'button', className, title, 'aria-pressed': 'false' }, text)
        button.style.setProperty('--weight', String(Math.min(1, Math.abs(weight) * sentences.length)))
        return button
      })
      buttons.forEach((button, i) => {
        button.addEventListener('click', () => {
          const isChosen = button.getAttribute('aria-pressed') !== 'true'
          buttons.forEach((other) => other.setAttribute('aria-pressed', String(other === button && isChosen)))
          onChoose(isChosen ? sentences[i]!.text : undefined)
        })
      })
      bar.replaceChildren(...buttons)
      bar.hidden = buttons.length === 0
    },
  }
}
