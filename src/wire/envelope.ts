/** Whom a frame is for: `null` is everyone; numbers are clients, strings are groups; who does not exist is skipped. */
export type Address = null | readonly (number | string)[]

/** Whom the game wants out, with the close code (4000–4099) and reason that they see. */
export interface Kick {
  readonly who: readonly (number | string)[]
  readonly code: number
  readonly reason: string
}

/** A change of a group's members. */
export interface GroupChange {
  readonly name: string
  readonly join: readonly number[]
  readonly leave: readonly number[]
}

/** A timer as the game asks for it. */
export interface TimerOrder {
  readonly name: string
  /** Milliseconds until it goes off; null cancels it. */
  readonly ms: number | null
  readonly repeat: boolean
  /** The game's own keys, which come back in the Timer line. */
  readonly data: Readonly<Record<string, unknown>>
}

/** In which order frames leave that wait for a client: `_priority`. */
export type Priority = 'high' | 'normal' | 'low'

/** What holds for a frame as long as it waits for a client that waits alone, or is away. */
export interface Waiting {
  /** `_key`: a newer frame with this key takes its place. */
  readonly key: string | undefined
  readonly priority: Priority
}

/** What the top-level keys of a frame that begin with `_` ask for. A key that makes no sense is a fault and stands alone. */
export interface Envelope {
  readonly to: Address
  readonly except: readonly (number | string)[]
  /** Kept for newcomers under `--cache tagged:N`. */
  readonly cache: boolean
  /** The room's metadata; such a frame is not sent. */
  readonly meta: Record<string, unknown> | undefined
  readonly kick: Kick | undefined
  /** Ends the room, with this reason. */
  readonly end: string | undefined
  readonly group: GroupChange | undefined
  readonly timer: TimerOrder | undefined
  /** How many bots the game wants from now on. */
  readonly bots: number | undefined
  /** The frame has a key of Playpipe's own, obeyed or not: it is not sent. */
  readonly control: boolean
  /** Absent where the frame says nothing of it. */
  readonly waiting: Waiting | undefined
  /** Whether the frame was addressed by `_to`: that settles which field the game routes by. */
  readonly addressed: boolean
  /** What could not be obeyed, each a sentence for the log that begins with the key. */
  readonly faults: readonly string[]
}

export const KICKED = 4000
const LAST_KICK = 4099

const QUOTE_UNDERSCORE = Buffer.from('"_')
/** `"\u005fto"` is a legal spelling of `"_to"`: a line that holds an escaped character must be parsed. */
const ESCAPE = Buffer.from('\\u')
const SOLIDUS = Buffer.from('\\/')

/** Whether these bytes can hold an envelope at all. One search here spares a parse of every line (0.6 µs each). */
export function mayHoldEnvelope(bytes: Buffer, idField: Buffer | undefined): boolean {
  if (mayHoldKey(bytes) || bytes.includes(ESCAPE)) return true
  return idField !== undefined && (bytes.includes(idField) || bytes.includes(SOLIDUS))
}

/** `_from` is no key of an envelope: a program that passes on what clients said would have each of its lines parsed. */
const FIRST_LETTERS = [...'tecmgkbps'].map((letter) => letter.charCodeAt(0))

function mayHoldKey(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(QUOTE_UNDERSCORE); at >= 0; at = bytes.indexOf(QUOTE_UNDERSCORE, at + 2)) {
    if (FIRST_LETTERS.includes(bytes[at + 2]!)) return true
  }
  return false
}

/**
 * Reads the envelope of a JSON frame.
 * @param idField the older routing field (`id`), where the room still uses it
 * @returns undefined where the text is not JSON; JSON that is no object has an empty envelope
 */
export function readEnvelope(text: string, idField?: string): Envelope | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const keys = isObject(value) ? value : {}
  const faults: string[] = []
  const addressed = '_to' in keys
  const except = readExcept(keys, faults)
  return {
    to: except === null ? [] : addressed ? readAddress('_to', keys._to, faults) : readOldAddress(keys, idField),
    except: except ?? [],
    cache: keys._cache === true,
    meta: readFlag('_meta', keys, faults) ? without(keys, '_meta') : undefined,
    group: '_group' in keys ? readGroup(keys, faults) : undefined,
    timer: '_timer' in keys ? readTimer(keys, faults) : undefined,
    bots: '_bots' in keys ? readBots(keys._bots, faults) : undefined,
    control: keys._meta === true || keys._end === true || ORDERS.some((key) => key in keys),
    kick: '_kick' in keys ? readKick(keys, faults) : undefined,
    end: readFlag('_end', keys, faults) ? reasonOf(keys.reason) : undefined,
    waiting: '_key' in keys || '_priority' in keys ? readWaiting(keys, faults) : undefined,
    addressed,
    faults,
  }
}

/**
 * Whether a text that is not JSON may have been an object with an address: what breaks off in the middle, or holds the NaN of
 * Python's `json.dumps`, was meant for some only.
 */
export function mayBeAddressed(text: string, idField?: string): boolean {
  if (!text.trimStart().startsWith('{')) return false
  return ['_to', '_except', idField].some((key) => key !== undefined && text.includes(JSON.stringify(key)))
}

/** A frame with one of these is not sent, whether it can be obeyed or not. */
const ORDERS = ['_kick', '_group', '_timer', '_bots']

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readFlag(key: '_meta' | '_end', keys: Record<string, unknown>, faults: string[]): boolean {
  const value = keys[key] ?? false
  if (typeof value !== 'boolean') faults.push(`${key} is true or absent, not ${brief(value)}`)
  return value === true
}

function isAddress(value: unknown): value is number | string {
  return typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value) && value >= 0)
}

/** What can't be an address reaches nobody: a private line must never become a broadcast. */
function readAddress(key: string, value: unknown, faults: string[]): Address {
  if (value === null) return null
  const list = Array.isArray(value) ? value : [value]
  if (!list.every(isAddress))
    faults.push(`${key} ${brief(value)} is no address: a client's number, a group's name, or a list of them`)
  return list.filter(isAddress)
}

/** @returns null where the exception makes no sense: then nobody gets the frame, rather than the one it was hidden from */
function readExcept(keys: Record<string, unknown>, faults: string[]): readonly (number | string)[] | null {
  if (!('_except' in keys) || keys._except === null) return []
  const before = faults.length
  const list = readAddress('_except', keys._except, faults)
  return faults.length > before ? null : list
}

/** ScaleSocket 0.1.2–0.1.4: a number in `id` addresses the frame; anything else is the game's own. */
function readOldAddress(keys: Record<string, unknown>, idField: string | undefined): Address {
  const id = idField === undefined ? undefined : keys[idField]
  if (typeof id !== 'number') return null
  return isAddress(id) ? [id] : []
}

function readKick(keys: Record<string, unknown>, faults: string[]): Kick {
  const who = keys._kick === null ? [] : (readAddress('_kick', keys._kick, faults) ?? [])
  if (keys._kick === null) faults.push('_kick null names nobody')
  const code = keys.code ?? KICKED
  const valid = Number.isInteger(code) && (code as number) >= KICKED && (code as number) <= LAST_KICK
  if (!valid) faults.push(`code ${brief(code)} of _kick is not within ${KICKED}–${LAST_KICK}: ${KICKED} is used`)
  return { who, code: valid ? (code as number) : KICKED, reason: reasonOf(keys.reason) }
}

function readWaiting({ _key: key, _priority: priority }: Record<string, unknown>, faults: string[]): Waiting {
  if (key !== undefined && typeof key !== 'string') faults.push(`_key ${brief(key)} is no text`)
  if (priority !== undefined && priority !== 'high' && priority !== 'low')
    faults.push(`_priority ${brief(priority)} is neither "high" nor "low"`)
  return {
    key: typeof key === 'string' ? key : undefined,
    priority: priority === 'high' || priority === 'low' ? priority : 'normal',
  }
}

function readGroup(keys: Record<string, unknown>, faults: string[]): GroupChange | undefined {
  const { _group: name, join = [], leave = [] } = keys
  if (typeof name !== 'string' || name === '') {
    faults.push(`_group ${brief(name)} is no name`)
    return undefined
  }
  return { name, join: readMembers('join', join, faults), leave: readMembers('leave', leave, faults) }
}

function readMembers(key: string, value: unknown, faults: string[]): number[] {
  const list = Array.isArray(value) ? value : [value]
  const members = list.filter((id): id is number => typeof id === 'number' && isAddress(id))
  if (members.length < list.length) faults.push(`${key} ${brief(value)} of _group is no list of clients' numbers`)
  return members
}

/** Node counts a timer's milliseconds in 31 bits: a longer wait would go off at once. */
const LONGEST_TIMER = 2 ** 31 - 1
const SHORTEST_REPEAT = 10

function readTimer(keys: Record<string, unknown>, faults: string[]): TimerOrder | undefined {
  const { _timer: name, ms, every, ...rest } = keys
  const repeat = every !== undefined
  const wait = repeat ? every : ms
  if (typeof name !== 'string' || name === '') {
    faults.push(`_timer ${brief(name)} is no name`)
    return undefined
  }
  const least = repeat ? SHORTEST_REPEAT : 0
  if (wait !== null && !(typeof wait === 'number' && wait >= least && wait <= LONGEST_TIMER)) {
    faults.push(`_timer ${name} wants "ms" from 0, "every" from ${SHORTEST_REPEAT}, or "ms": null; not ${brief(wait)}`)
    return undefined
  }
  const data = Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('_')))
  return { name, ms: wait, repeat, data }
}

function readBots(value: unknown, faults: string[]): number | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  faults.push(`_bots ${brief(value)} is no number of bots`)
  return undefined
}

function reasonOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function without(keys: Record<string, unknown>, key: string): Record<string, unknown> {
  const { [key]: _, ...rest } = keys
  return rest
}

function brief(value: unknown): string {
  try {
    return JSON.stringify(value)?.slice(0, 60) ?? String(value)
  } catch {
    return 'something nested too deep' // what can be parsed can still be too deep to be written
  }
}
