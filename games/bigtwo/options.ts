export interface Options {
  /** Milliseconds: for a turn; until a bot is asked for; that a bot takes; between two deals. */
  readonly turn: number
  readonly fill: number
  readonly pace: number
  readonly rest: number
  /** Of the shuffles; undefined for real chance. */
  readonly seed: number | undefined
}

const DEFAULTS: Options = { turn: 30_000, fill: 10_000, pace: 1000, rest: 6000, seed: undefined }
const NAMES = Object.keys(DEFAULTS)
/** A week: a timer of the server knows 2^31 ms at most. */
const MOST = 7 * 24 * 3600 * 1000

/** Reads `--name value` and `--name=value`. @returns what is wrong, as a sentence, where something is */
export function readOptions(words: readonly string[]): Options | string {
  const options: Record<string, number | undefined> = { ...DEFAULTS }
  for (let i = 0; i < words.length; i++) {
    const [name, joined] = split(words[i]!)
    if (!NAMES.includes(name)) {
      return `${words[i]}: no such option; there are ${NAMES.map((known) => `--${known}`).join(' ')}`
    }
    const value = joined ?? words[++i] ?? ''
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    const fits = name === 'seed' ? number >= 0 : number <= MOST && number >= (name === 'turn' ? 1 : 0)
    if (!fits) return `--${name} wants a whole number${name === 'seed' ? '' : ' of milliseconds'}, not "${value}"`
    options[name] = number
  }
  return options as unknown as Options
}

/** The name of an option, '' where it is none, and a value that was joined to it. */
function split(word: string): [string, string | undefined] {
  const match = /^--(\w+)(?:=(.*))?$/.exec(word)
  return [match?.[1] ?? '', match?.[2]]
}
