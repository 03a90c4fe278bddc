/** Whoever wants less motion sees where things end up, and not the way there. */

/** @typedef {{ delay: number, seconds: number, age: number, show: (part: number) => void, done?: () => void }} Tween */

/** @param {number} t */
export const easeOut = (t) => 1 - (1 - t) ** 3
/** @param {number} t */
export const easeInOut = (t) => (t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2)
/** @param {number} t */
export const overshoot = (t) => 1 + 2.2 * (t - 1) ** 3 + 1.2 * (t - 1) ** 2

export class Motion {
  /** @type {Tween[]} */
  #tweens = []

  /** @param {{ wake: () => void, calm: () => boolean }} context */
  constructor({ wake, calm }) {
    this.wake = wake
    this.calm = calm
  }

  /**
   * @param {(part: number) => void} show called with 0 to 1, which is the last
   * @param {{ seconds: number, delay?: number, ease?: (t: number) => number, done?: () => void }} how
   */
  play(show, { seconds, delay = 0, ease = easeOut, done }) {
    if (this.calm() || seconds <= 0) {
      show(1)
      done?.()
    } else {
      show(0)
      this.#tweens.push({ delay, seconds, age: 0, show: (part) => show(part >= 1 ? 1 : ease(part)), done })
    }
    this.wake()
  }

  /** What moves is where it ends up. */
  finish() {
    for (const { show, done } of this.#tweens.splice(0)) {
      show(1)
      done?.()
    }
  }

  /** What moved is forgotten. */
  clear() {
    this.#tweens = []
  }

  /** @param {number} seconds @returns {boolean} whether something still moves */
  step(seconds) {
    const moving = this.#tweens
    this.#tweens = []
    for (const tween of moving) {
      tween.age += seconds
      const part = (tween.age - tween.delay) / tween.seconds
      if (part > 0) tween.show(Math.min(1, part))
      if (part < 1) this.#tweens.push(tween)
      else tween.done?.()
    }
    return this.#tweens.length > 0
  }
}
