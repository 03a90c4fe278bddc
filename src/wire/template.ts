/** What a template can speak of. Absent names are empty. */
export interface Values {
  readonly id: number
  readonly room: string
  /** `ip:port` */
  readonly remote: string
  /** As it stands in the URL, without the question mark. */
  readonly query: string
  readonly bot: boolean
  /** Of a verified token. */
  readonly claims?: Readonly<Record<string, unknown>>
}

export type Template = (values: Values) => string

type Context = 'string' | 'bare' | 'text'
type Piece = string | { readonly name: string; readonly context: Context }

/** Longest names first, so that `#QUERY_STRING` is never read as the parameter STRING. */
const NAMES = /#(QUERY_STRING|REMOTE_ADDR|QUERY_[A-Z0-9_]+|PARAM_[A-Z0-9_]+|CLAIM_[A-Za-z0-9_]+|ROOM|BOT|ID)/g

/**
 * Cuts a `--joinmsg` or `--leavemsg` into pieces, once. What is put in is escaped for the place it stands in (inside a JSON
 * string; in JSON outside of one; in other text) and never expanded again, so nothing that a client sends can break out.
 * @throws TypeError where a name is part of a JSON number or escape, as in `{"a":1#ID}`
 */
export function compileTemplate(source: string): Template {
  const json = isJson(source, '0')
  if (json !== isJson(source, 'true') && !/^\s*#\w+\s*$/.test(source))
    throw new TypeError('a name is glued to other JSON text')
  const pieces: Piece[] = []
  let last = 0
  let inString = false
  for (const match of source.matchAll(NAMES)) {
    const text = source.slice(last, match.index)
    inString = endsInString(text, inString)
    pieces.push(text, { name: match[1]!, context: !json ? 'text' : inString ? 'string' : 'bare' })
    last = match.index + match[0].length
  }
  pieces.push(source.slice(last))
  return (values) => {
    const parameters = new Map(
      [...new URLSearchParams(values.query)].map(([name, value]) => [name.toUpperCase(), value]),
    )
    return pieces
      .map((piece) =>
        typeof piece === 'string' ? piece : escapeFor(lookUp(piece.name, values, parameters), piece.context),
      )
      .join('')
  }
}

/** What looks like a name and is none, so that it stays as it is. Colours are none: `#FF00CC`. */
const UNKNOWN = /#(?![0-9A-F]+\b)[A-Z][A-Z0-9_]+\w*/

/** The first word of a template that looks like a name and is none. */
export function unknownName(source: string): string | undefined {
  return UNKNOWN.exec(source.replace(NAMES, ' '))?.[0]
}

/** Whether a line that a template makes is one JSON object. */
export function makesObject(source: string): boolean {
  return /^\s*\{/.test(source) && isJson(source, '0')
}

/** A template is JSON if it is so with `probe` in the place of each name; a bare name is none. */
function isJson(source: string, probe: string): boolean {
  try {
    return typeof JSON.parse(source.replace(NAMES, probe)) !== 'number'
  } catch {
    return false
  }
}

function endsInString(text: string, inString: boolean): boolean {
  let inside = inString
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && inside) i++
    else if (text[i] === '"') inside = !inside
  }
  return inside
}

function lookUp(name: string, values: Values, parameters: Map<string, string>): string {
  if (name === 'ID') return String(values.id)
  if (name === 'BOT') return String(values.bot)
  if (name === 'ROOM') return values.room
  if (name === 'REMOTE_ADDR') return values.remote
  if (name === 'QUERY_STRING') return values.query
  if (name.startsWith('PARAM_')) return parameters.get(name.slice('PARAM_'.length)) ?? ''
  if (name.startsWith('CLAIM_')) return claim(values.claims?.[name.slice('CLAIM_'.length)])
  if (name.startsWith('QUERY_')) return percentEncode(parameters.get(name.slice('QUERY_'.length)) ?? '')
  return ''
}

/** A claim as text; of lists and objects their JSON. */
function claim(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Leaves RFC 3986's unreserved characters alone and nothing else, as ScaleSocket does. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

const JSON_SCALAR = /^(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false)$/

function escapeFor(value: string, context: Context): string {
  if (context === 'string') return JSON.stringify(value).slice(1, -1)
  if (context === 'bare') return JSON_SCALAR.test(value) ? value : JSON.stringify(value)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a control character could begin a second line for the child
  return value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ')
}
