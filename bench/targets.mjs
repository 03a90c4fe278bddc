// What Playpipe is to reach, measured against another column or a plain number.
import { median, pairedRatio } from './stats.mjs'

/**
 * @typedef {Record<string, number[]>} Columns a metric's value in each round, by peer
 *
 * @typedef {object} Target
 * @property {string} text
 * @property {(columns: Columns) => { measured: number, reached: boolean, against?: string }} judge
 */

const US = 'Playpipe'

/** @returns {Target} */
export function limit(most) {
  return {
    text: most === 0 ? 'none' : `≤ ${most}`,
    judge: (columns) => verdict(median(columns[US] ?? []), (value) => value <= most),
  }
}

/** At most so many times the other's cost. */
export const atMost = (factor, peer) => ratio(`≤ ${factor} × ${peer}`, US, peer, (value) => value <= factor)

/** At least so many times the other's speed. */
export const atLeast = (factor, peer) => ratio(`≥ ${factor} × ${peer}`, US, peer, (value) => value >= factor)

/** The other's cost is so many times ours. */
export const timesCheaper = (factor, peer) =>
  factor === 1
    ? ratio(`cheaper than ${peer}`, peer, US, (value) => value > 1)
    : ratio(`≥ ${factor} × cheaper than ${peer}`, peer, US, (value) => value >= factor)

/** Lower is better. @returns {Target} */
export const belowBest = (factor) => best(`≤ ${factor} × the better peer`, Math.min, (value) => value <= factor)

/** Higher is better. @returns {Target} */
export const reachBest = (factor) => best(`≥ ${factor} × the better peer`, Math.max, (value) => value >= factor)

function ratio(text, above, below, reached) {
  return { text, judge: (columns) => verdict(pairedRatio(columns[above] ?? [], columns[below] ?? []), reached) }
}

function best(text, choose, reached) {
  return {
    text,
    judge: (columns) => {
      const peers = Object.keys(columns).filter((name) => /^(ScaleSocket|websocketd)/.test(name))
      const medians = peers.map((name) => median(columns[name]))
      const winner = peers[medians.indexOf(choose(...medians.filter(Number.isFinite)))]
      return { ...verdict(pairedRatio(columns[US] ?? [], columns[winner] ?? []), reached), against: winner }
    },
  }
}

function verdict(measured, reached) {
  return { measured, reached: Number.isFinite(measured) && reached(measured) }
}
