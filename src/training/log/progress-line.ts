/** One line of text that shows how far a run is. */
import type { StepReport } from './step-report'

const barWidth = 20

/** A bar, the loss, the speed and the time left: for a terminal. */
export function progressLine({ step, steps, loss, terms, imagesPerSecond, secondsLeft }: StepReport): string {
  const filled = Math.round((barWidth * step) / steps)
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  const parts = Object.entries(terms).map(([name, value]) => `${name} ${value.toFixed(3)}`)
  const detail = parts.length > 1 ? ` (${parts.join(', ')})` : ''
  const speed = `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} images/s`
  return `${bar} ${step}/${steps}  loss ${loss.toFixed(3)}${detail}  ${speed}  ${clock(secondsLeft)} left`
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const parts = [...(hours ? [hours] : []), minutes, whole % 60]
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}
