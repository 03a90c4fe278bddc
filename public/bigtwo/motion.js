/**
 * A number that goes to its goal like a damped spring, and can be sent elsewhere on its way without a jolt. Exact for
 * any time step (critical damping), so that a slow machine sees the same path.
 */
export class Spring {
  velocity = 0

  /** @param {number} value @param {number} [pace] how fast it gets there, in 1/s */
  constructor(value, pace = 12) {
    this.value = value
    this.goal = value
    this.pace = pace
  }

  /** @param {number} value */
  set(value) {
    this.value = this.goal = value
    this.velocity = 0
  }

  /** @param {number} seconds @param {number} near what counts as there @returns {boolean} whether it still moves */
  step(seconds, near) {
    const off = this.value - this.goal
    if (Math.abs(off) < near && Math.abs(this.velocity) < near * 20) {
      this.set(this.goal)
      return false
    }
    const push = this.velocity + this.pace * off
    const decay = Math.exp(-this.pace * seconds)
    this.value = this.goal + (off + push * seconds) * decay
    this.velocity = (this.velocity - this.pace * push * seconds) * decay
    return true
  }
}
