/** Colours are `#rrggbb`, as canvas and Pixi both read them. */

/** @param {string} hex @returns {[number, number, number]} */
function channels(hex) {
  const value = Number.parseInt(hex.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

/** @param {string} from @param {string} to @param {number} part 0 is `from`, 1 is `to` */
export function mix(from, to, part) {
  const a = channels(from)
  const b = channels(to)
  const mixed = a.map((value, i) => Math.round(value + ((b[i] ?? 0) - value) * part))
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** @param {string} hex @param {number} alpha */
export function fade(hex, alpha) {
  return `rgb(${channels(hex).join(' ')} / ${alpha})`
}

/** A seeded generator (mulberry32): everyone in a room sees the same flowers. @param {string} seed */
export function seeded(seed) {
  let state = 2166136261
  for (const letter of seed) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16777619)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}
