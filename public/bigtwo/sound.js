import { el, icon } from '/shared/dom.js'
import { recall, remember } from '/shared/names.js'

const KEY = 'playpipe.sound'

/** @typedef {import('./table.js').Line} Line */

/** Sounds, made as they are heard; off until the player wants them. */
export function sounds() {
  let on = recall(KEY) === 'on'
  /** @type {AudioContext | undefined} */
  let audio
  /** @type {AudioBuffer | undefined} */
  let noise
  const button = el('button', { class: 'pp-button pp-round bar-button', type: 'button', onclick: toggle })
  show()

  function show() {
    button.replaceChildren(icon(on ? 'sound' : 'mute'))
    button.setAttribute('aria-label', 'Sound')
    button.setAttribute('aria-pressed', `${on}`)
  }

  function toggle() {
    on = !on
    remember(KEY, on ? 'on' : 'off')
    show()
    if (on) chime([660, 880])
  }

  /** A browser lets a page be heard only once the player has touched it. */
  function ready() {
    if (!on) return undefined
    audio ??= new AudioContext()
    if (audio.state === 'suspended') void audio.resume()
    return audio
  }

  /** A card on cloth: a breath of noise. @param {number} [after] @param {number} [loud] @param {number} [pitch] */
  function flick(after = 0, loud = 0.22, pitch = 2400) {
    const ctx = ready()
    if (!ctx) return
    if (!noise) {
      noise = ctx.createBuffer(1, ctx.sampleRate * 0.2, ctx.sampleRate)
      const data = noise.getChannelData(0)
      for (let i = 0; i < data.length; i++) data[i] = (Math.random() * 2 - 1) * (1 - i / data.length)
    }
    const at = ctx.currentTime + after
    const source = new AudioBufferSourceNode(ctx, { buffer: noise, playbackRate: 0.9 + Math.random() * 0.2 })
    const filter = new BiquadFilterNode(ctx, { type: 'bandpass', frequency: pitch, Q: 0.9 })
    const gain = new GainNode(ctx, { gain: 0 })
    gain.gain.setValueAtTime(loud, at)
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.09)
    source.connect(filter).connect(gain).connect(ctx.destination)
    source.start(at, 0, 0.12)
  }

  /** @param {number[]} tones in Hz, one after the other @param {number} [loud] @param {number} [step] seconds between two */
  function chime(tones, loud = 0.09, step = 0.1) {
    const ctx = ready()
    if (!ctx) return
    for (const [i, frequency] of tones.entries()) {
      const at = ctx.currentTime + i * step
      const tone = new OscillatorNode(ctx, { type: 'triangle', frequency })
      const gain = new GainNode(ctx, { gain: 0 })
      gain.gain.setValueAtTime(0, at)
      gain.gain.linearRampToValueAtTime(loud, at + 0.012)
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.42)
      tone.connect(gain).connect(ctx.destination)
      tone.start(at)
      tone.stop(at + 0.45)
    }
  }

  return {
    button,
    tap: () => flick(0, 0.06, 3600),
    no: () => chime([190, 150], 0.1, 0.08),
    /** @param {Line} line @param {import('./table.js').Table} table */
    follow(line, table) {
      if (!on) return
      if (line.t === 'Hand') for (let i = 0; i < 13; i++) flick(i * 0.055, 0.12, 2800)
      if (line.t === 'Played') for (const i of line.cards.keys()) flick(0.12 + i * 0.045)
      if (line.t === 'Passed') chime([230], 0.06)
      if (line.t === 'Trick') flick(0.5, 0.16, 1300)
      if (line.t === 'Turn' && line.seat === table.you) chime([587, 784])
      if (line.t === 'Over') chime(line.winner === table.you ? [523, 659, 784, 1047] : [440, 392, 330], 0.1, 0.13)
      if (line.t === 'Chat') chime([990], 0.04)
    },
  }
}
