/** How a bunny moves: from landing to landing. The server tells landings; what is between them is drawn here. */

export const STRIDE = 84
const SECONDS = 0.25
/** More than this behind (a tab that slept, a slow network), a bunny jumps to where it is now. */
const BEHIND = 8

/** @typedef {{ x: number, y: number, landed?: () => void }} Landing */

export class Hopper {
  /** @type {Landing[]} */
  #ahead = []
  #from = { x: 0, y: 0 }
  /** 0 at the start of a hop, 1 at its end */
  progress = 1
  /** seconds since it last moved */
  idle = 0
  /** units between the landings of this hop */
  span = 0

  /** @param {number} x @param {number} y */
  constructor(x, y) {
    this.x = x
    this.y = y
  }

  get busy() {
    return this.#ahead.length > 0
  }

  /** @param {number} x @param {number} y */
  hopTo(x, y) {
    this.#ahead.push({ x, y })
    if (this.#ahead.length === 1) this.#takeOff()
    else if (this.#ahead.length > BEHIND) this.moveTo(x, y)
  }

  /** Runs when the bunny has landed from the hops known so far, at once if it sits. @param {() => void} landed */
  afterLanding(landed) {
    const last = this.#ahead.at(-1)
    if (!last) return landed()
    const before = last.landed
    last.landed = () => {
      before?.()
      landed()
    }
  }

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    const skipped = this.#ahead
    this.#ahead = []
    this.x = x
    this.y = y
    this.progress = 1
    for (const landing of skipped) landing.landed?.()
  }

  /**
   * @param {number} seconds
   * @returns {boolean} whether it landed
   */
  step(seconds) {
    const [next, ...rest] = this.#ahead
    if (!next) {
      this.idle += seconds
      return false
    }
    this.idle = 0
    const length = SECONDS * (0.55 + 0.45 * Math.min(1, this.span / STRIDE))
    // One hop waiting is the network's jitter; more of them have to be caught up with.
    const hurry = 1 + Math.max(0, rest.length - 1) * 0.35
    this.progress = Math.min(1, this.progress + (seconds * hurry) / length)
    this.x = this.#from.x + (next.x - this.#from.x) * this.progress
    this.y = this.#from.y + (next.y - this.#from.y) * this.progress
    if (this.progress < 1) return false
    this.#ahead = rest
    if (rest.length) this.#takeOff()
    next.landed?.()
    return true
  }

  #takeOff() {
    const next = this.#ahead[0]
    if (!next) return
    this.#from = { x: this.x, y: this.y }
    this.span = Math.hypot(next.x - this.x, next.y - this.y)
    this.progress = 0
  }
}
