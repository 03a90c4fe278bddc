/** The shapes that a pen leaves: polygons around a path, as far as the pen has come. Pure geometry. */

/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ path: Point[], width: (along: number) => number }} Stroke */

/** Numbers from 0 to 1 that are the same for the same seed. @param {number} seed */
export function seeded(seed) {
  let state = (seed * 2654435761 + 1013904223) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Round ends are made of so many corners. */
const CAP = 12

/**
 * The outline of a stroke up to `until` of its path.
 *
 * @param {Stroke} stroke
 * @param {number} [until] 0 to 1
 * @returns {number[]} x, y, x, y, …; empty where there is nothing to see yet
 */
export function outline({ path, width }, until = 1) {
  const last = (path.length - 1) * Math.min(1, until)
  if (last <= 0) return []
  const points = path.slice(0, Math.floor(last) + 1)
  const rest = last - Math.floor(last)
  const [from, to] = [path[Math.floor(last)], path[Math.floor(last) + 1]]
  if (rest > 0.01 && from && to) points.push({ x: from.x + (to.x - from.x) * rest, y: from.y + (to.y - from.y) * rest })
  /** @type {number[]} */
  const left = []
  /** @type {number[]} */
  const right = []
  points.forEach((point, i) => {
    const before = points[Math.max(0, i - 1)] ?? point
    const after = points[Math.min(points.length - 1, i + 1)] ?? point
    const angle = Math.atan2(after.y - before.y, after.x - before.x)
    const half = width(i / (path.length - 1)) / 2
    if (i === 0) cap(left, point, half, angle + Math.PI)
    left.push(point.x + Math.sin(angle) * half, point.y - Math.cos(angle) * half)
    right.unshift(point.x - Math.sin(angle) * half, point.y + Math.cos(angle) * half)
    if (i === points.length - 1) cap(left, point, half, angle)
  })
  return [...left, ...right]
}

/** @param {number[]} into @param {Point} at @param {number} radius @param {number} angle where the pen is heading to */
function cap(into, at, radius, angle) {
  for (let i = 1; i < CAP; i++) {
    const turn = angle - Math.PI / 2 + (Math.PI * i) / CAP
    into.push(at.x + Math.cos(turn) * radius, at.y + Math.sin(turn) * radius)
  }
}

/**
 * A line that a hand draws: not quite straight.
 *
 * @param {Point} from @param {Point} to
 * @param {{ random: () => number, bend: number, width: number, steps?: number }} how `bend`: how far it strays
 * @returns {Stroke}
 */
export function line(from, to, { random, bend, width, steps = 22 }) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1
  const [nx, ny] = [-(to.y - from.y) / length, (to.x - from.x) / length]
  const [bow, wave, phase] = [(random() - 0.5) * 2 * bend, (random() - 0.5) * bend, random() * 6]
  const path = Array.from({ length: steps + 1 }, (_, i) => {
    const t = i / steps
    const off = bow * Math.sin(Math.PI * t) + wave * Math.sin(t * 5 + phase) * Math.sin(Math.PI * t)
    return { x: from.x + (to.x - from.x) * t + nx * off, y: from.y + (to.y - from.y) * t + ny * off }
  })
  return { path, width: pressure(width, random) }
}

/** The pen comes down hard, and is lifted at the end. @param {number} width @param {() => number} random */
function pressure(width, random) {
  const [phase, much] = [random() * 6, 0.07 + random() * 0.05]
  /** @param {number} t */
  return (t) => width * (1.04 - 0.34 * t ** 3 + much * Math.sin(t * 7 + phase) - 0.16 * (1 - Math.min(1, t * 5)))
}

/** The two strokes of an X in a cell of size 1 around (0, 0). @param {number} seed @returns {Stroke[]} */
export function cross(seed) {
  const random = seeded(seed)
  const stray = () => (random() - 0.5) * 0.07
  const reach = 0.285 + random() * 0.02
  const how = { random, bend: 0.035, width: 0.132 }
  return [
    line({ x: -reach + stray(), y: -reach + stray() }, { x: reach + stray(), y: reach + stray() }, how),
    line({ x: reach + stray(), y: -reach + stray() }, { x: -reach + stray(), y: reach + stray() }, how),
  ]
}

/** The stroke of an O in a cell of size 1 around (0, 0): it ends beyond where it began. @param {number} seed @returns {Stroke[]} */
export function ring(seed) {
  const random = seeded(seed)
  const radius = 0.292 + random() * 0.02
  const [flat, tilt, start] = [0.93 + random() * 0.09, random() * 3, -1.9 + random() * 0.7]
  const turn = Math.PI * 2 + 0.28 + random() * 0.25
  const steps = 56
  const path = Array.from({ length: steps + 1 }, (_, i) => {
    const t = i / steps
    const angle = start - turn * t
    const r = radius * (1.045 - 0.085 * t + 0.022 * Math.sin(angle * 2 + tilt))
    return { x: Math.cos(angle) * r * flat, y: Math.sin(angle) * r }
  })
  return [{ path, width: pressure(0.126, random) }]
}
