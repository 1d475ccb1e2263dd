/** The English grammar that captions need: articles, plurals, lists, capitals. */

/** The words with "a" or "an" before them. */
export function withArticle(words: string): string {
  return `${/^(?:[aeio]|u(?!ni)|hour)/i.test(words) ? 'an' : 'a'} ${words}`
}

const irregular: Readonly<Record<string, string>> = {
  mouse: 'mice',
  fish: 'fish',
  sheep: 'sheep',
  dice: 'dice',
  loaf: 'loaves',
  leaf: 'leaves',
  knife: 'knives',
  snowman: 'snowmen',
}

/** The plural of a name: of its head noun ("bowls of rice"), or of both ("hammers and wrenches"). */
export function pluralOf(name: string): string {
  const [, head, tail] = /^(.*?)((?: (?:of|with|behind|in) .*)?)$/.exec(name) as unknown as [string, string, string]
  return head.split(' and ').map(pluralOfLastWord).join(' and ') + tail
}

function pluralOfLastWord(words: string): string {
  const [, before, word] = /^(.*?)([^ ]+)$/.exec(words) as unknown as [string, string, string]
  return before + (irregular[word] ?? regularPlural(word))
}

function regularPlural(word: string): string {
  if (/(?:s|x|z|ch|sh|[mt]ato|cano)$/.test(word)) return `${word}es`
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}

/** "a dog", "a dog and a cat", "a dog, a cat and a bird". */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const numbers = 'no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen'.split(' ')

/** "one" to "fifteen": a scene never has more things. */
export function numberWord(count: number): string {
  return numbers[count] ?? String(count)
}
