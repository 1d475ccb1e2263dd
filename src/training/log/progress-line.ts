/** One line of text that shows how far a run is. */
import { bar, clock } from '../../bar'
import type { StepReport } from './step-report'

const barWidth = 20

/** A bar, the loss, the speed and the time left: for a terminal. */
export function progressLine({ step, steps, loss, terms, imagesPerSecond, secondsLeft }: StepReport): string {
  const parts = Object.entries(terms).map(([name, value]) => `${name} ${value.toFixed(3)}`)
  const detail = parts.length > 1 ? ` (${parts.join(', ')})` : ''
  const speed = `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} images/s`
  return `${bar(step / steps, barWidth)} ${step}/${steps}  loss ${loss.toFixed(3)}${detail}  ${speed}  ${clock(secondsLeft)} left`
}
