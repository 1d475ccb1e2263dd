/** The text of progress bars. */

/** A bar of `width` characters, of which a share from 0 to 1 is filled. */
export function bar(share: number, width: number): string {
  const filled = Math.round(width * Math.min(1, Math.max(0, share)))
  return '█'.repeat(filled) + '░'.repeat(width - filled)
}

/** A duration as a clock shows it, rounded up: `4:05`, or `1:04:05` from an hour on. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const parts = [...(hours ? [hours] : []), minutes, whole % 60]
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}
