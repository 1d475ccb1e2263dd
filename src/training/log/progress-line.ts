/** One line that says how a run goes. */

/** What happened in a step. */
export interface StepReport {
  /** Steps taken so far, and in the whole run. */
  readonly step: number
  readonly steps: number
  readonly epoch: number
  readonly loss: number
  /** The loss's terms by name. */
  readonly terms: Readonly<Record<string, number>>
  readonly gradientNorm: number
  readonly learningRate: number
  /** The factor on cosines: the exponential of `logit_scale`. */
  readonly logitScale: number
  readonly imagesPerSecond: number
  /** The share of the step's time that it waited for data. */
  readonly dataShare: number
  /** Until the run ends. */
  readonly secondsLeft: number
  /** The gradient was no number: weights stay as they were. */
  readonly skipped: boolean
}

const barWidth = 20

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
