// Numbers about numbers.

/** @param {number[]} values */
export function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Of each pair of runs that stood next to each other the ratio, and the median of those: what slows the machine for a minute
 * slows both.
 * @param {number[]} a
 * @param {number[]} b
 */
export function pairedRatio(a, b) {
  return median(a.map((value, round) => value / b[round]))
}

/**
 * Least squares: y = base + slope · x. `exponent` is the slope on double logarithmic axes: 1 is proportional, above 1 grows faster.
 * @param {{ x: number, y: number }[]} points
 */
export function fitLine(points) {
  return { ...line(points), exponent: line(points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }))).slope }
}

function line(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length
  const mx = mean(({ x }) => x)
  const my = mean(({ y }) => y)
  const slope = mean(({ x, y }) => (x - mx) * (y - my)) / mean(({ x }) => (x - mx) ** 2)
  return { slope, base: my - slope * mx }
}

/** The value below which such a part of them lies. @param {number[]} values @param {number} part from 0 to 1 */
export function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
