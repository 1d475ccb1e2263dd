/** A progress bar that stays in one line of the terminal; without a terminal, nothing is drawn. */
import { platform } from '#training/platform'
import { progressLine } from './progress-line'
import type { StepReport } from './step-report'

/** Moves to the start of the line and erases it (ANSI escape codes). */
const eraseLine = '\r\x1b[2K'

export function drawProgressBar(report: StepReport): void {
  const { terminal } = platform
  terminal?.write(eraseLine + progressLine(report).slice(0, (terminal.columns || 80) - 1))
}

export function eraseProgressBar(): void {
  platform.terminal?.write(eraseLine)
}
