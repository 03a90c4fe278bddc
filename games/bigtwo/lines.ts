import { type Card, parseCards } from './rules.ts'

/** What a line asks of the table. `id` is the client that it is from. */
export type Order =
  | { readonly t: 'Join'; readonly id: number; readonly name: string; readonly bot: boolean }
  | { readonly t: 'Leave' | 'Away' | 'Pass'; readonly id: number }
  /** `lost`: it does not know all that happened. */
  | { readonly t: 'Back'; readonly id: number; readonly lost: boolean }
  | { readonly t: 'Timer'; readonly timer: string; readonly n: number }
  | { readonly t: 'Play'; readonly id: number; readonly cards: readonly Card[] }
  | { readonly t: 'Me'; readonly id: number; readonly name: string }
  | { readonly t: 'Chat'; readonly id: number; readonly text: string }
  | { readonly t: 'Nonsense'; readonly id: number; readonly why: string }

type Line = Readonly<Record<string, unknown>>

const NAME_LENGTH = 16
const CHAT_LENGTH = 200

/**
 * Reads a line's JSON. Nothing of it is trusted: players can send whatever is an object.
 * @returns undefined for what neither Playpipe nor a player can have written
 */
export function readOrder(line: unknown): Order | undefined {
  if (typeof line !== 'object' || line === null) return undefined
  const fields = line as Line
  // A player can write any `t`, but no key that begins with an underscore.
  if (fields._sys === true) return fromPlaypipe(fields)
  return isId(fields._from) ? fromPlayer(fields, fields._from) : undefined
}

const isId = (id: unknown): id is number => Number.isSafeInteger(id)

function fromPlaypipe(line: Line): Order | undefined {
  const { t, timer, n, _from: id } = line
  if (t === 'Timer') return typeof timer === 'string' && typeof n === 'number' ? { t, timer, n } : undefined
  if (!isId(id)) return undefined
  if (t === 'Join') return { t, id, name: tidy(line._name, NAME_LENGTH), bot: line._bot === true }
  if (t === 'Leave' || t === 'Away') return { t, id }
  if (t === 'Back') return { t, id, lost: line.fresh === true || line.missed !== undefined }
  return undefined
}

function fromPlayer(line: Line, id: number): Order {
  const { t } = line
  const nonsense = (why: string): Order => ({ t: 'Nonsense', id, why })
  if (t === 'Pass') return { t, id }
  if (t === 'Play') {
    const cards = parseCards(line.cards)
    return cards ? { t, id, cards } : nonsense('A play is a list of different cards, like ["3D","3S"].')
  }
  if (t === 'Me') {
    const name = tidy(line.name, NAME_LENGTH)
    return name ? { t, id, name } : nonsense('A name needs something to read.')
  }
  if (t === 'Chat') {
    const text = tidy(line.text, CHAT_LENGTH)
    return text ? { t, id, text } : nonsense('There is nothing to say.')
  }
  return nonsense('The table knows Play, Pass, Me and Chat.')
}

/** Text on one line, of at most `length` characters: no control characters, no marks that turn the direction of what follows, no half characters. */
function tidy(text: unknown, length: number): string {
  if (typeof text !== 'string') return ''
  const plain = text
    .slice(0, 4 * length)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
  return [...plain].slice(0, length).join('').trim()
}

/** The JSON of a line; undefined where it is none. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // the caller has no answer to what is no JSON
  }
}
