/** Text out of files, made safe for a terminal. */

/** Spells control characters out (`\x1b`), which could recolour or rewrite the screen; line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(
    /(?![\n\t])\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
