/** @typedef {import('./fold.js').State} State */
/** @typedef {[x: number, y: number]} Cell */

const DIRECTIONS = /** @type {Cell[]} */ ([
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
])

/**
 * The lines that have won, each by its two ends. Mostly there is one; a last move may complete several.
 *
 * @param {State} state
 * @returns {[from: Cell, to: Cell][]}
 */
export function winningLines({ result, line, moves }) {
  const last = moves.at(-1)
  if (!result || !last) return []
  const won = new Set(result.cells.map((cell) => `${cell}`))
  return DIRECTIONS.flatMap(([dx, dy]) => {
    const back = run(won, last, -dx, -dy)
    const on = run(won, last, dx, dy)
    if (back + on + 1 < line) return []
    return [[at(last, -dx * back, -dy * back), at(last, dx * on, dy * on)]]
  })
}

/** @param {Set<string>} won @param {Cell} from @param {number} dx @param {number} dy */
function run(won, from, dx, dy) {
  let steps = 0
  while (won.has(`${at(from, dx * (steps + 1), dy * (steps + 1))}`)) steps++
  return steps
}

/** @param {Cell} cell @param {number} dx @param {number} dy @returns {Cell} */
const at = ([x, y], dx, dy) => [x + dx, y + dy]
