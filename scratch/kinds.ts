import { kinds } from '../examples/emoji-scenes/kinds'
import { codesIn, trainStyles, heldOutStyles } from '../examples/emoji-scenes/styles'
const all = kinds.filter((k) => [...trainStyles, ...heldOutStyles].every((s) => codesIn(s, k.codes).length > 0))
console.log(kinds.length, all.length)
const by = new Map<string, string[]>()
for (const k of kinds) { const l = by.get(k.group) ?? []; l.push((all.includes(k) ? '' : '-') + (k.heldOut ? '*' : '') + k.key); by.set(k.group, l) }
for (const [g, l] of by) console.log(g, l.length, l.join(' '))
